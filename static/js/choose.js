// Oldest first, made convenient: ticking a due ticks the older ones, unticking unticks the newer; the total and the
// standing after the payment are live. The server checks the same rule; without this file the page works all the same.
(() => {
  const form = document.querySelector(".choose");
  if (!form) return;
  const soles = new Intl.NumberFormat("es-PE", { minimumFractionDigits: 2 });
  const total = form.querySelector("[data-total]");
  const standing = form.querySelector("[data-standing]");
  const lists = [...form.querySelectorAll(".dues-of")];
  const boxesOf = (list) => [...list.querySelectorAll("input[name=dues]")];
  const chosenKind = () => form.querySelector("[name=kind]:checked, [name=kind][type=hidden]")?.value;
  const cents = (box) => Math.round(Number(box.dataset.amount) * 100);

  const foretell = (list, ticked) => {
    standing.hidden = list.dataset.kind !== "colegiado" || !ticked.length;
    const left = Number(standing.dataset.overdueMonths) - ticked.filter((box) => "overdue" in box.dataset).length;
    const sentence = left <= Number(standing.dataset.tolerated) ? "habil" : left === 1 ? "one" : "inhabil";
    standing.textContent = standing.dataset[sentence].replace("#", left);
  };
  const tell = () => {
    const list = lists.find((each) => each.dataset.kind === chosenKind()) ?? lists[0];
    const ticked = boxesOf(list).filter((box) => box.checked);
    total.hidden = false;
    total.querySelector("strong").textContent = "S/ " + soles.format(ticked.reduce((sum, box) => sum + cents(box), 0) / 100);
    if (standing) foretell(list, ticked);
  };
  const tickUpTo = (boxes, count) => boxes.forEach((box, place) => (box.checked = place < count));
  // What was ticked before this file ran, on a slow telephone, or came back with the Back button.
  const repair = () => {
    lists.map(boxesOf).forEach((boxes) => {
      const unticked = boxes.findIndex((box) => box.defaultChecked && !box.checked);
      tickUpTo(boxes, unticked >= 0 ? unticked : boxes.findLastIndex((box) => box.checked) + 1);
    });
    tell();
  };

  lists.forEach((list) => {
    const boxes = boxesOf(list);
    boxes.forEach((box, place) =>
      box.addEventListener("change", () => tickUpTo(boxes, box.checked ? Math.max(place, boxes.findLastIndex((other) => other.checked)) + 1 : place)),
    );
    list.querySelectorAll("[data-pick]").forEach((pick) =>
      pick.addEventListener("click", (event) => {
        event.preventDefault();
        tickUpTo(boxes, Number(pick.dataset.pick));
        tell();
      }),
    );
  });
  form.addEventListener("change", tell);
  window.addEventListener("pageshow", repair);
  repair();
})();
