// What every page gains from JavaScript; each page works without it.
(() => {
  // The summary of errors is the first thing read aloud and reached by the keyboard.
  document.querySelector(".errors")?.focus();

  // A form marked data-once is sent once: money is behind it. Going Back to the page makes it usable again.
  const sent = new WeakSet();
  // Says aloud what the pressed button then shows: a change of the focused button's own text is not read by all.
  const live = document.createElement("p");
  live.setAttribute("role", "status");
  live.className = "hidden-text";
  if (document.querySelector("form[data-once]")) document.body.append(live);
  const buttonsOf = (form) => form.querySelectorAll("button:not([type=button])");
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]") || event.defaultPrevented) return;
    if (sent.has(form)) return event.preventDefault();
    sent.add(form);
    if (form.dataset.once) live.textContent = form.dataset.once;
    // aria-disabled, not disabled: the pressed button's name and value must still travel.
    buttonsOf(form).forEach((button) => {
      button.setAttribute("aria-disabled", "true");
      button.dataset.label = button.textContent;
      if (form.dataset.once) button.textContent = form.dataset.once;
    });
  });
  window.addEventListener("pageshow", () => {
    live.textContent = "";
    document.querySelectorAll("form[data-once]").forEach((form) => {
      sent.delete(form);
      buttonsOf(form).forEach((button) => {
        button.removeAttribute("aria-disabled");
        if (button.dataset.label) button.textContent = button.dataset.label;
      });
    });
  });

  // A password can be looked at while it is typed.
  document.querySelectorAll(".reveal").forEach((box) => {
    const input = box.querySelector("input");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.setAttribute("aria-controls", input.id);
    const show = (visible) => {
      input.type = visible ? "text" : "password";
      button.textContent = visible ? "Ocultar" : "Mostrar";
      button.setAttribute("aria-label", button.textContent + " la contraseña");
    };
    button.addEventListener("click", () => show(input.type === "password"));
    input.form?.addEventListener("submit", () => show(false)); // so that browsers offer to keep it
    show(false);
    box.append(button);
  });

  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
})();
