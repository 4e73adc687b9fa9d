// Oldest first, made convenient: ticking a due ticks the older ones, unticking unticks the newer; the total and the
// standing after the payment are live. The server checks the same rule; without this file the page works all the same.
(() => {
  const soles = new Intl.NumberFormat("es-PE", { minimumFractionDigits: 2 });
  document.querySelectorAll(".dues-of").forEach((list) => {
    const boxes = [...list.querySelectorAll("input[type=checkbox]")];
    const total = list.querySelector("[data-total]");
    const standing = list.querySelector("[data-standing]");
    if (!boxes.length) return;
    const cents = (box) => Math.round(Number(box.dataset.amount) * 100);
    const add = () => {
      const sum = boxes.filter((box) => box.checked).reduce((all, box) => all + cents(box), 0);
      total.querySelector("strong").textContent = "S/ " + soles.format(sum / 100);
    };
    const foretell = () => {
      const paid = boxes.filter((box) => box.checked && "overdue" in box.dataset).length;
      const left = Number(standing.dataset.overdueMonths) - paid;
      const habil = left <= Number(standing.dataset.tolerated);
      standing.textContent = habil ? standing.dataset.habil : standing.dataset.inhabil + left + ".";
    };
    boxes.forEach((box, position) => {
      box.addEventListener("change", () => {
        boxes.forEach((other, place) => {
          if (box.checked && place < position) other.checked = true;
          if (!box.checked && place > position) other.checked = false;
        });
        add();
        if (standing) foretell();
      });
    });
    total.hidden = false;
    add();
    if (standing) foretell();
  });
})();
