// The kiosk starts again by itself when nobody touches it any more: the next person must not read the last one's page.
// Who is still there is warned before, and any gesture gives them the whole time again.

const retour = document.querySelector("[data-retour]");
const avertissement = document.querySelector("[data-avertissement]");
if (retour && avertissement) {
  const secondes = (nom) => Number(retour.dataset[nom]) * 1000;
  let minuteries = [];
  const attendre = () => {
    minuteries.forEach(clearTimeout);
    avertissement.hidden = true;
    minuteries = [
      setTimeout(() => (avertissement.hidden = false), secondes("retour") - secondes("avertir")),
      setTimeout(() => location.replace(retour.href), secondes("retour")),
    ];
  };
  for (const geste of ["pointerdown", "keydown"]) document.addEventListener(geste, attendre);
  attendre();
}
