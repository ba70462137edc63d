// Looks at the element that has the focus: is it the one looked for, and could somebody who only has a keyboard tell?
// Returns {atteint, nom, fautes}; waits for the page to have settled: a scroll, a skip link that slides in, and after a Tab
// (`apresTab`) a frame of another process that takes the focus.
async ([cible, apresTab]) => {
  const LIGNE = 24;
  const dire = (e) => e.outerHTML.replace(/\s+/g, " ").slice(0, 140);
  const trace = (style) =>
    style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1 && !/(, 0\)|\/ 0\)|^transparent)$/.test(style.outlineColor);

  const regarder = (e) => {
    const fautes = [];
    const etiquettes = [...(e.labels ?? [])];
    // The first line of a link that takes two, or the block that a link holds.
    const cadre = [e, ...e.children].flatMap((b) => [...b.getClientRects()]).find((c) => c.width >= 1 && c.height >= 1);
    if (!cadre) return ["n’a pas de place à l’écran"];
    // At least a line of it: in a long field, the browser brings no more than the caret in sight.
    const [haut, bas] = [Math.max(cadre.top, 0), Math.min(cadre.bottom, innerHeight)];
    if (cadre.left < -1 || cadre.right > innerWidth + 1 || bas - haut < Math.min(cadre.height, LIGNE) - 1)
      fautes.push("est hors de l’écran");
    const [x, y] = [cadre.left + cadre.width / 2, (haut + bas) / 2];
    const dessus = document.elementFromPoint(x, y);
    if (!dessus || ![e, ...etiquettes].some((sien) => sien.contains(dessus))) fautes.push(`est couvert par ${dessus ? dire(dessus) : "rien"}`);
    // Not box-shadow: the fields of the design system have one at rest, and high contrast modes draw none.
    const styles = [e, ...etiquettes].flatMap((sien) => ["", "::before", "::after"].map((ou) => getComputedStyle(sien, ou || null)));
    if (!styles.some(trace)) fautes.push("ne montre pas qu’il a le focus");
    return fautes;
  };

  const image = () => new Promise((suite) => requestAnimationFrame(suite));
  const nulle = () => [null, document.body, document.documentElement].includes(document.activeElement);

  for (let essai = 0; apresTab && nulle() && essai < 20; essai += 1) await image();
  if (nulle()) return { atteint: false, nom: "la page", fautes: [] };
  const e = document.activeElement;
  let fautes = regarder(e);
  for (let essai = 0; fautes.length && essai < 30; essai += 1) {
    await image();
    fautes = regarder(e);
  }
  return { atteint: e.matches(cible), nom: dire(e), fautes };
};
