// What axe does not measure, on the page as it is now: returns the faults, in French, as a list of strings.
() => {
  const fautes = [];
  const ICONES = ".fr-btn--menu, .fr-search-bar .fr-btn"; // the design system shows an icon in place of their words
  const racine = document.documentElement;
  const dire = (e) => e.outerHTML.replace(/\s+/g, " ").slice(0, 120);

  const cache = (e) => {
    if (!e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return true;
    for (let a = e; a; a = a.parentElement) {
      const cadre = a.getBoundingClientRect();
      if (cadre.width <= 1.5 && getComputedStyle(a).overflow !== "visible") return true; // words for screen readers
    }
    return false;
  };
  const defile = (e) => {
    for (let a = e; a && a !== document.body; a = a.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(a).overflowX) && a.scrollWidth > a.clientWidth) return true;
    return false;
  };

  const debord = racine.scrollWidth - racine.clientWidth;
  if (debord > 0) fautes.push(`la page défile de ${debord} px sur le côté`);

  // Each run of text, with the boxes of its lines drawn in from what letters never reach.
  const lignes = [];
  const marcheur = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let texte = marcheur.nextNode(); texte; texte = marcheur.nextNode()) {
    const e = texte.parentElement;
    if (!texte.data.trim() || e.closest(`script, style, template, option, datalist, svg, ${ICONES}`) || cache(e)) continue;
    const etendue = document.createRange();
    etendue.selectNodeContents(texte);
    const enVue = defile(e);
    for (const c of etendue.getClientRects()) {
      if (c.width < 2 || c.bottom <= 0) continue;
      if (!enVue && (c.left < -1 || c.right > racine.clientWidth + 1)) fautes.push(`texte hors de l’écran : ${dire(e)}`);
      const retrait = c.height * 0.3;
      lignes.push({ e, g: c.left + 2, d: c.right - 2, h: c.top + retrait, b: c.bottom - retrait });
    }
    const style = getComputedStyle(e);
    const coupe = (axe) => ["hidden", "clip"].includes(style[`overflow${axe}`]);
    if ((coupe("X") && e.scrollWidth > e.clientWidth + 1) || (coupe("Y") && e.scrollHeight > e.clientHeight + 2))
      fautes.push(`texte coupé : ${dire(e)}`);
  }
  lignes.sort((a, b) => a.h - b.h);
  lignes.forEach((a, rang) => {
    for (let i = rang + 1; i < lignes.length && lignes[i].h < a.b; i++) {
      const b = lignes[i];
      if (a.e !== b.e && a.g < b.d && b.g < a.d) fautes.push(`textes l’un sur l’autre : ${dire(a.e)} / ${dire(b.e)}`);
    }
  });
  return [...new Set(fautes)];
};
