/* The simulator's checkout.js: the same two ways in as Niubiz' own script, and the same habits, good and bad.
   It opens a card form in a frame over the merchant's page and, when the card is accepted, posts transactionToken,
   customerEmail and channel to the merchant's `action`. Uses no inline script or style, so a strict CSP can stay. */
(function () {
  "use strict";

  var script = document.currentScript;
  var base = new URL("../", script.src);
  var required = ["channel", "merchantid", "sessiontoken", "amount", "purchasenumber", "timeouturl"];
  var settings = null;
  var opened = null;

  function configure(given) {
    // Niubiz' script says nothing here either when `action` is missing.
    if (!given || !given.action) return;
    settings = Object.assign({}, given);
    settings.complete = submitToMerchant; // a merchant's own `complete` is always overwritten
  }

  function open() {
    if (!settings || opened) return;
    var complaint = firstComplaint(settings);
    if (complaint) {
      window.alert(complaint);
      return;
    }
    opened = { before: document.activeElement, wrapper: buildFrame(), viewport: takeViewport() };
    document.documentElement.classList.add("visanet-open");
    setInert(true);
    window.addEventListener("message", hear);
    opened.timer = window.setTimeout(timeOut, minutes(settings) * 60000);
    opened.closesAt = Date.now() + minutes(settings) * 60000;
  }

  function firstComplaint(given) {
    for (var i = 0; i < required.length; i += 1) {
      if (!given[required[i]]) return "VisanetCheckout: " + required[i] + " is required";
    }
    if (!/^\d+(\.\d{1,2})?$/.test(String(given.amount))) return "VisanetCheckout: amount must have at most 2 decimals";
    // The script of vToken keeps cards and charges none; the other one charges and keeps none.
    if ((given.channel === "paycard") !== /\/vToken\/$/.test(base.pathname)) return "VisanetCheckout: channel not allowed";
    if (!/^\d{1,12}$/.test(String(given.purchasenumber))) return "VisanetCheckout: purchasenumber must be numeric";
    if (given.expirationminutes !== undefined) {
      if (!/^\d+$/.test(String(given.expirationminutes))) return "VisanetCheckout: expirationminutes must be numeric";
      if (minutes(given) < 5 || minutes(given) > 20) return "VisanetCheckout: expirationminutes must be between 5 and 20";
    }
    return "";
  }

  function minutes(given) {
    return given.expirationminutes === undefined ? 15 : Number(given.expirationminutes);
  }

  function buildFrame() {
    var wrapper = document.createElement("div");
    wrapper.id = "visaNetWrapper";
    wrapper.setAttribute("role", "dialog");
    wrapper.setAttribute("aria-modal", "true");
    wrapper.setAttribute("aria-label", "Pago con tarjeta");
    var frame = document.createElement("iframe");
    frame.id = "visaNetJS";
    frame.title = "Formulario de pago con tarjeta";
    frame.src = new URL("visanet.html?" + Math.random().toString(36).slice(2), base).href;
    wrapper.appendChild(frame);
    document.body.appendChild(wrapper);
    return wrapper;
  }

  function hear(event) {
    var frame = document.getElementById("visaNetJS");
    if (!frame || event.source !== frame.contentWindow || !event.data) return;
    if (event.data.type === "ready") introduce(frame);
    if (event.data.type === "cancel") cancel();
    if (event.data.type === "complete") settings.complete(event.data.params);
  }

  function introduce(frame) {
    var shown = Object.assign({}, settings, { closesAt: opened.closesAt });
    delete shown.complete;
    delete shown.cancel;
    if (shown.merchantlogo) shown.merchantlogo = new URL(shown.merchantlogo, document.baseURI).href;
    frame.contentWindow.postMessage({ type: "open", settings: shown }, "*");
    frame.focus();
  }

  function submitToMerchant(params) {
    var form = document.createElement("form");
    form.method = "POST";
    form.action = settings.action;
    ["transactionToken", "customerEmail", "channel"].forEach(function (name) {
      var input = document.createElement("input");
      input.type = "hidden";
      input.name = name;
      input.value = params[name];
      form.appendChild(input);
    });
    document.body.appendChild(form);
    window.clearTimeout(opened.timer);
    form.submit();
  }

  function cancel() {
    close();
    if (typeof settings.cancel === "function") settings.cancel();
  }

  function timeOut() {
    var url = settings.timeouturl;
    close();
    window.location.href = url;
  }

  function close() {
    window.clearTimeout(opened.timer);
    window.removeEventListener("message", hear);
    opened.wrapper.remove();
    document.documentElement.classList.remove("visanet-open");
    setInert(false);
    giveViewportBack(opened.viewport);
    if (opened.before && opened.before.focus) opened.before.focus();
    opened = null;
  }

  function setInert(inert) {
    Array.prototype.forEach.call(document.body.children, function (child) {
      if (child.id !== "visaNetWrapper") child.inert = inert;
    });
  }

  function takeViewport() {
    var meta = document.querySelector('meta[name="viewport"]');
    var content = meta && meta.content;
    if (meta) meta.content = "width=device-width, initial-scale=1";
    return { meta: meta, content: content };
  }

  function giveViewportBack(viewport) {
    if (viewport.meta) viewport.meta.content = viewport.content;
  }

  function loadStyle() {
    var link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("css/button.css", base).href;
    document.head.appendChild(link);
  }

  /* <form action method=post><script src data-…></script></form>: a button appears where the script stands. */
  function addButton() {
    var form = script.parentElement;
    if (!script.dataset.sessiontoken || !form || form.tagName !== "FORM") return;
    var given = Object.assign({ action: form.action }, script.dataset);
    var button = document.createElement("button");
    button.type = "button";
    button.className = "start-js-btn modal-opener " + (given.buttonsize || "DEFAULT").toLowerCase();
    if (given.buttoncolor === "GRAY") button.className += " gray";
    button.textContent = "Pagar con tarjeta";
    button.addEventListener("click", function () {
      configure(given);
      open();
    });
    form.insertBefore(button, script);
  }

  window.VisanetCheckout = { configure: configure, open: open };
  loadStyle();
  addButton();
})();
