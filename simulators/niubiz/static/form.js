/* The card form inside the frame. Talks to the merchant's page only by messages. */
(function () {
  "use strict";

  var settings = {};
  var challenge = "";
  var splitting = [];

  function at(id) { return document.getElementById(id); }
  function tell(message) { window.parent.postMessage(message, "*"); }
  function digits(text) { return text.replace(/\D/g, ""); }

  function show(given) {
    settings = given;
    var dollars = given.currency === "USD";
    at("order").textContent = given.purchasenumber;
    at("amount").textContent = (dollars ? "US$ " : "S/ ") + grouped(Number(given.amount));
    at("amount-line").hidden = String(given.showamount).toUpperCase() === "FALSE";
    at("close").hidden = String(given.hidexbutton).toUpperCase() === "TRUE";
    at("merchant").textContent = given.merchantname || "Pago con tarjeta";
    if (given.merchantlogo) showLogo(given.merchantlogo);
    if (given.formbuttontext) at("pay").textContent = given.formbuttontext;
    colour("--button", given.formbuttoncolor);
    colour("--button-text", given.formbuttontextcolor);
    colour("--sheet", given.formbackgroundcolor);
    fillFrom(given);
    countDown(given.closesAt);
    at("number").focus();
  }

  function grouped(amount) {
    return amount.toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ",");
  }

  function showLogo(url) {
    var logo = at("logo");
    logo.addEventListener("error", function () { logo.hidden = true; });
    logo.src = url;
    logo.hidden = false;
  }

  function colour(name, value) {
    if (/^#[0-9a-f]{3,8}$/i.test(value || "")) document.documentElement.style.setProperty(name, value);
  }

  /* As in the real form: what the merchant passed is not asked again. */
  function fillFrom(given) {
    var name = [given.cardholdername, given.cardholderlastname].filter(Boolean).join(" ");
    at("name").value = name;
    at("name-field").hidden = Boolean(given.cardholdername && given.cardholderlastname);
    at("email").value = given.cardholderemail || "";
    at("email-field").hidden = /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(given.cardholderemail || "");
  }

  function countDown(closesAt) {
    var left = Math.max(0, Math.round((closesAt - Date.now()) / 1000));
    at("time").textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
    if (left > 0) window.setTimeout(function () { countDown(closesAt); }, 1000);
  }

  function brandOf(number) {
    if (/^4/.test(number)) return "Visa";
    if (/^3[47]/.test(number)) return "American Express";
    if (/^3[068]/.test(number)) return "Diners Club";
    return /^(5[1-5]|2[2-7])/.test(number) ? "Mastercard" : "";
  }

  function passesLuhn(number) {
    var sum = 0;
    for (var i = 0; i < number.length; i += 1) {
      var digit = Number(number[number.length - 1 - i]) * (1 + (i % 2));
      sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 === 0;
  }

  function spaceNumber() {
    var number = digits(at("number").value).slice(0, 19);
    var groups = /^3[47]/.test(number) ? number.match(/(\d{1,4})(\d{1,6})?(\d{1,5})?/) : null;
    at("number").value = groups ? groups.slice(1).filter(Boolean).join(" ") : number.replace(/(\d{4})(?=\d)/g, "$1 ");
    at("brand").textContent = brandOf(number);
    at("instalments-field").hidden = splitting.indexOf(number) < 0;
    if (at("instalments-field").hidden) at("instalments").value = "0";
  }

  /* Card or Yape: one of the two forms, with its own list of test data. */
  function chooseWay() {
    var yape = document.querySelector("[name=way]:checked").value === "yape";
    forgive();
    ["card", "cards"].forEach(function (name) { at(name).hidden = yape; });
    ["yape", "yapes"].forEach(function (name) { at(name).hidden = !yape; });
  }

  function slashExpiry(event) {
    var typed = digits(at("expiry").value).slice(0, 4);
    var deleting = event.inputType && event.inputType.indexOf("delete") === 0;
    at("expiry").value = typed.length > 2 || (typed.length === 2 && !deleting) ? typed.slice(0, 2) + "/" + typed.slice(2) : typed;
  }

  /* The first mistake a person can see without the server: [field, message] or null. */
  function mistake() {
    var number = digits(at("number").value);
    if (number.length < 13 || !brandOf(number) || !passesLuhn(number)) {
      return ["number", "El número de tarjeta no es válido. Revise los dígitos."];
    }
    if (!/^(0[1-9]|1[0-2])\/\d\d$/.test(at("expiry").value)) return ["expiry", "Escriba mes y año, por ejemplo 03/28."];
    var length = brandOf(number) === "American Express" ? 4 : 3;
    if (digits(at("cvv").value).length !== length) {
      return ["cvv", "El código de seguridad de esta tarjeta tiene " + length + " dígitos."];
    }
    if (!at("name").value.trim()) return ["name", "Escriba el nombre como figura en la tarjeta."];
    if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(at("email").value.trim())) return ["email", "Escriba un correo electrónico válido."];
    return null;
  }

  function complain(field, message) {
    var input = at(field);
    if (!input) return warn(message);
    var holder = at(field + "-field");
    if (holder) holder.hidden = false;
    at(field + "-error").textContent = message;
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }

  function warn(message) {
    at("problem").textContent = message;
    at("problem").hidden = false;
    at("problem").focus();
  }

  function forgive() {
    at("problem").hidden = true;
    document.querySelectorAll(".error").forEach(function (error) { error.textContent = ""; });
    document.querySelectorAll("[aria-invalid]").forEach(function (input) { input.removeAttribute("aria-invalid"); });
  }

  function busy(button, working) {
    button.disabled = working;
    button.classList.toggle("working", working);
    button.setAttribute("aria-busy", String(working));
  }

  function ask(path, body, button, act) {
    busy(button, true);
    fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })
      .then(function (response) { return response.json(); })
      .then(act, function () { return { error: "No hay conexión con el simulador. Inténtelo de nuevo." }; })
      .then(function (failed) {
        if (!failed) return;
        busy(button, false);
        complain(failed.field || "", failed.error);
      });
  }

  function take(answer) {
    if (answer.transactionToken) {
      tell({ type: "complete", params: answer });
      return null; // the button stays busy until the merchant's page takes over
    }
    if (answer.challenge && !answer.error) {
      startChallenge(answer.challenge);
      return null;
    }
    return answer;
  }

  function startChallenge(name) {
    challenge = name;
    at("card").hidden = true;
    at("cards").hidden = true;
    at("ways").hidden = true;
    at("challenge").hidden = false;
    at("challenge-title").focus();
  }

  function takeConfirmation(answer) {
    if (!answer.error) return take(answer);
    challenge = answer.challenge || "";
    return { error: answer.error, field: challenge ? "code" : "" };
  }

  function pay(event) {
    event.preventDefault();
    forgive();
    var wrong = mistake();
    if (wrong) {
      complain(wrong[0], wrong[1]);
      return;
    }
    var body = { sessionKey: settings.sessiontoken };
    ["number", "expiry", "cvv", "name", "email", "instalments"].forEach(function (name) { body[name] = at(name).value; });
    ask("token", body, at("pay"), take);
  }

  function yapear(event) {
    event.preventDefault();
    forgive();
    if (!/^9\d{8}$/.test(digits(at("phone").value))) return complain("phone", "El celular tiene 9 dígitos y empieza con 9.");
    if (!/^\d{6}$/.test(at("otp").value.trim())) return complain("otp", "El código de aprobación tiene 6 dígitos.");
    var body = { way: "yape", sessionKey: settings.sessiontoken, email: at("email").value || "yape@example.pe" };
    ["phone", "otp"].forEach(function (name) { body[name] = at(name).value; });
    ask("token", body, at("pay-yape"), take);
  }

  function confirm(event) {
    event.preventDefault();
    forgive();
    ask("challenge", { challenge: challenge, code: at("code").value }, at("confirm"), takeConfirmation);
  }

  function giveUp() {
    ask("challenge", { challenge: challenge, cancel: true }, at("give-up"), takeConfirmation);
  }

  function cancel() { tell({ type: "cancel" }); }

  function listCards(cards) {
    cards.forEach(function (card) {
      if (card.splits) splitting.push(card.number);
      listOne("card-list", card.number.replace(/(\d{4})(?=\d)/g, "$1 "), card.does, function () { useCard(card); });
    });
  }

  function listYapes(yapes) {
    yapes.forEach(function (yape) {
      listOne("yape-list", yape.phone + " · " + yape.otp, yape.does, function () { useYape(yape); });
    });
  }

  function listOne(list, data, sentence, use) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "choose";
    var number = document.createElement("span");
    number.className = "mono";
    number.textContent = data;
    var does = document.createElement("span");
    does.textContent = sentence;
    button.append(number, does);
    button.addEventListener("click", use);
    var item = document.createElement("li");
    item.appendChild(button);
    at(list).appendChild(item);
  }

  function useYape(yape) {
    forgive();
    at("phone").value = yape.phone;
    at("otp").value = yape.otp;
    at("yapes").open = false;
    at("pay-yape").focus();
  }

  function useCard(card) {
    forgive();
    at("number").value = card.number;
    spaceNumber();
    at("expiry").value = card.expiry;
    at("cvv").value = card.cvv;
    if (!at("name").value) at("name").value = "ANA PRUEBA";
    if (!at("email").value) at("email").value = "ana@example.pe";
    at("cards").open = false;
    at("pay").focus();
  }

  window.addEventListener("message", function (event) {
    if (event.source === window.parent && event.data && event.data.type === "open") show(event.data.settings);
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && !at("close").hidden) cancel();
  });
  at("card").addEventListener("submit", pay);
  at("yape").addEventListener("submit", yapear);
  at("ways").addEventListener("change", chooseWay);
  at("challenge").addEventListener("submit", confirm);
  at("give-up").addEventListener("click", giveUp);
  at("close").addEventListener("click", cancel);
  at("number").addEventListener("input", spaceNumber);
  at("expiry").addEventListener("input", slashExpiry);
  fetch("cards").then(function (response) { return response.json(); }).then(listCards);
  fetch("yapes").then(function (response) { return response.json(); }).then(listYapes);
  tell({ type: "ready" });
})();
