// Asks every few seconds whether the outcome is known, and shows it only then: nobody's reading is torn away before.
(() => {
  const pause = Number(document.currentScript.dataset.seconds) * 1000;
  const ask = async () => {
    try {
      const page = await (await fetch(location.href)).text();
      if (!page.includes("verifying.js")) return location.reload();
    } catch {
      // No connection for a moment: ask again later.
    }
    setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
})();
