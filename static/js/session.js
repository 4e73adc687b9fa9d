// Tells that the session is about to end for want of use, and keeps it open on request. Without it the page works too:
// after the end it asks to log in again and comes back.
(() => {
  const { idle, touch } = document.currentScript.dataset;
  const WARN_SECONDS = 120;
  const notice = document.createElement("div");
  notice.className = "session-end";
  notice.setAttribute("role", "alert");
  let warning, end;

  const told = (text) => {
    const line = document.createElement("p");
    line.textContent = text;
    notice.replaceChildren(line);
    document.body.append(notice);
  };

  const warn = () => {
    told("Su sesión se cerrará en 2 minutos por falta de uso. Lo que no haya enviado se perderá.");
    const stay = document.createElement("button");
    stay.type = "button";
    stay.className = "button";
    stay.textContent = "Seguir aquí";
    stay.addEventListener("click", () => {
      fetch(touch, { credentials: "same-origin", redirect: "error" }).then(start, ended);
    });
    notice.append(stay);
  };

  const ended = () => {
    clearTimeout(end);
    told("Su sesión se cerró por falta de uso. Recargue la página para ingresar otra vez.");
  };

  const start = () => {
    notice.remove();
    clearTimeout(warning);
    clearTimeout(end);
    warning = setTimeout(warn, (idle - WARN_SECONDS) * 1000);
    end = setTimeout(ended, idle * 1000);
  };

  start();
})();
