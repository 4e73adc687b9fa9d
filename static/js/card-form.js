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
  button.hidden = false;
  button.addEventListener("click", open);
  button.focus(); // where the gateway's script gives the focus back when its form is closed
  open();
})();
