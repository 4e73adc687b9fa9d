// Oldest first, made convenient: ticking a due ticks the older ones, unticking unticks the newer; the total is live.
// The server checks the same rule; without this file the page works all the same.
(() => {
  const soles = new Intl.NumberFormat("es-PE", { minimumFractionDigits: 2 });
  document.querySelectorAll(".dues-of").forEach((list) => {
    const boxes = [...list.querySelectorAll("input[type=checkbox]")];
    const total = list.querySelector("[data-total]");
    if (!boxes.length) return;
    const cents = (box) => Math.round(Number(box.dataset.amount) * 100);
    const add = () => {
      const sum = boxes.filter((box) => box.checked).reduce((all, box) => all + cents(box), 0);
      total.querySelector("strong").textContent = "S/ " + soles.format(sum / 100);
    };
    boxes.forEach((box, position) => {
      box.addEventListener("change", () => {
        boxes.forEach((other, place) => {
          if (box.checked && place < position) other.checked = true;
          if (!box.checked && place > position) other.checked = false;
        });
        add();
      });
    });
    total.hidden = false;
    add();
  });
})();
