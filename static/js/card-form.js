// Opens the gateway's card form in its lightbox at once, and again by the button when it was closed.
(() => {
  const place = document.getElementById("card-form");
  const button = place.querySelector("[data-open]");
  if (!window.VisanetCheckout) return;
  document.querySelector("[data-failed]").hidden = true;
  const open = () => {
    window.VisanetCheckout.configure({ ...place.dataset });
    window.VisanetCheckout.open();
  };
  // The gateway's script puts a form into our page and sends it; the answer can take as long as the bank does.
  const asking = document.querySelector("[data-asking]");
  const sent = (node) => node instanceof HTMLFormElement && node.getAttribute("action") === place.dataset.action;
  new MutationObserver((changes) => {
    if (!asking.open && changes.some((change) => [...change.addedNodes].some(sent))) asking.showModal();
  }).observe(document.body, { childList: true, subtree: true });
  asking.addEventListener("cancel", (event) => event.preventDefault());
  window.addEventListener("pageshow", (event) => event.persisted && asking.close());
  button.hidden = false;
  button.addEventListener("click", open);
  button.focus(); // where the gateway's script gives the focus back when its form is closed
  open();
})();
