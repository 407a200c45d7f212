/** One sheet for all pages; no fonts, images or script to load. The palette is ours: nothing here imitates Exact's brand. */
export const STYLE = `
:root {
  color-scheme: light;
  --ink: #16212e; --soft: #4a5868; --line: #d5dce4; --ground: #eef1f5; --card: #fff;
  --accent: #14506e; --accent-deep: #0d3a51; --tint: #e8f1f6; --wrong: #a11b1b;
  --mark: #ffd95c; --mark-ink: #332600;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column;
  background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
}
.banner span { display: inline-block; }
.banner {
  background: var(--mark); color: var(--mark-ink); padding: .55rem 1rem; text-align: center;
  font-size: .875rem; font-weight: 600; border-bottom: 1px solid #d9ae20; text-wrap: balance;
}
main { flex: 1; display: grid; place-items: center; padding: 1.25rem .75rem 2.5rem; }
.sheet {
  width: 100%; max-width: 27rem; background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  box-shadow: 0 1px 2px rgb(22 33 46 / .05), 0 12px 32px -12px rgb(22 33 46 / .18); overflow: hidden;
}
.inner { padding: 1.5rem 1.25rem 1.5rem; }
.aside { background: var(--accent-deep); color: #fff; padding: 1.1rem 1.25rem; }
.aside p { margin: 0; }
.product { display: flex; align-items: center; gap: .6rem; font-weight: 650; letter-spacing: -.01em; }
.product svg { flex: none; }
.site { margin-left: auto; font-size: .75rem; font-weight: 600; text-transform: uppercase; letter-spacing: .06em;
  border: 1px solid rgb(255 255 255 / .45); border-radius: 99px; padding: .1rem .55rem; }
.aside .pitch, .aside .fact { display: none; }
h1 { font-size: 1.4rem; line-height: 1.25; letter-spacing: -.015em; margin: 0 0 .35rem; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: .8125rem; font-weight: 650; color: var(--soft); margin: 0 0 .5rem; }
.lead { text-wrap: pretty; margin: 0 0 1.25rem; color: var(--soft); overflow-wrap: anywhere; }
.lead strong { color: var(--ink); }
.problem { margin: 0 0 1rem; padding: .65rem .8rem; border-radius: 9px; background: #fdeeee; color: var(--wrong); font-weight: 550; }
fieldset { border: 0; padding: 0; margin: 0 0 1.25rem; min-width: 0; }
legend { padding: 0; font-size: .8125rem; font-weight: 650; color: var(--soft); margin-bottom: .5rem; }
.choices { display: grid; border: 1px solid var(--line); border-radius: 11px; overflow: hidden; }
.choices.many { max-height: 24rem; overflow-y: auto; }
.choice { display: flex; gap: .75rem; align-items: center; padding: .65rem .8rem; cursor: pointer; min-height: 3.5rem; }
.choice + .choice { border-top: 1px solid var(--line); }
.choice:hover { background: #f7f9fb; }
.choice:has(input:checked) { background: var(--tint); }
.choice:has(input:focus-visible) { outline: 3px solid var(--accent); outline-offset: -3px; border-radius: 11px; }
.choice input { flex: none; width: 1.15rem; height: 1.15rem; margin: 0; accent-color: var(--accent); outline: 0; }
.badge {
  flex: none; border-radius: 99px; padding: .1rem .55rem; background: #fff; border: 1px solid var(--accent);
  color: var(--accent-deep); font-size: .75rem; font-weight: 650;
}
.choice .who { min-width: 0; flex: 1; }
.choice .name { font-weight: 600; line-height: 1.3; }
.choice .name, .choice .more { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; overflow-wrap: anywhere; }
.choice .more { font-size: .8125rem; line-height: 1.35; color: var(--soft); }
.initials {
  flex: none; width: 2.25rem; height: 2.25rem; border-radius: 50%; display: grid; place-items: center;
  background: #dfe7ee; color: var(--accent-deep); font-size: .8125rem; font-weight: 700;
}
.choice:has(input:checked) .initials { background: var(--accent); color: #fff; }
.terms { margin: 0 0 1.25rem; display: grid; gap: .55rem; font-size: .9375rem; line-height: 1.4; }
.terms div { display: grid; grid-template-columns: 5.75rem 1fr; gap: .75rem; }
.terms dt { font-weight: 600; color: var(--soft); font-size: .8125rem; line-height: 1.6; }
.terms dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.terms ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .2rem; }
.terms summary { color: var(--accent); cursor: pointer; width: fit-content; }
.buttons { display: grid; gap: .6rem; }
button {
  font: inherit; font-weight: 620; border-radius: 10px; padding: .7rem 1.1rem; min-height: 2.9rem; cursor: pointer;
  border: 1px solid var(--accent); background: var(--accent); color: #fff;
}
button:hover { background: var(--accent-deep); }
button.quiet { background: #fff; color: var(--ink); border-color: #8a97a5; }
button.quiet:hover { background: #f2f5f8; }
button.plain {
  border: 0; background: none; color: var(--accent); padding: .25rem; min-height: 0; font-weight: 400;
  border-radius: 4px; text-decoration: underline; text-underline-offset: .15em;
}
button.plain:hover { background: none; color: var(--accent-deep); }
.ways { display: flex; gap: .9rem; align-items: baseline; padding-left: 2.85rem; }
.note + .buttons { margin-top: 1.25rem; }
.literal + .played { margin: 1rem 0 0; }
.next { margin: 1rem 0 0; }
.played {
  margin: 0 0 1.1rem; padding: .65rem .8rem; border-radius: 9px; background: #fff7d9; border: 1px solid #e5cf7d;
  color: var(--mark-ink); font-size: .875rem; line-height: 1.45;
}
.search { display: grid; grid-template-columns: 1fr auto; gap: .4rem .6rem; margin: 0 0 1.1rem; }
.search label { grid-column: 1 / -1; font-size: .8125rem; font-weight: 650; color: var(--soft); }
.search input, select {
  font: inherit; color: inherit; background: #fff; border: 1px solid #8a97a5; border-radius: 10px;
  padding: .5rem .7rem; min-height: 2.75rem; width: 100%; min-width: 0;
}
.search button { min-height: 2.75rem; padding: .5rem 1rem; }
.none { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
.behave { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .5rem .75rem; align-items: center; margin: 0 0 1.25rem; font-size: .875rem; }
.behave label { color: var(--soft); font-weight: 600; }
.behave select { font-size: .875rem; min-height: 2.5rem; padding: .35rem .6rem; }
.behave details { grid-column: 1 / -1; }
.behave summary { color: var(--soft); cursor: pointer; width: fit-content; }
.behave dl { margin: .6rem 0 0; line-height: 1.45; }
.behave dt { font-weight: 600; }
.behave dd { margin: 0 0 .5rem; color: var(--soft); }
button:focus-visible, summary:focus-visible, select:focus-visible, input:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
a { color: var(--accent); text-underline-offset: .15em; }
.note { margin: 1rem 0 0; font-size: .8125rem; line-height: 1.45; color: var(--soft); }
.person { display: flex; flex-wrap: wrap; align-items: center; gap: .6rem; margin: 0 0 1.1rem; font-size: .875rem; color: var(--soft); }
.person p { margin: 0; }
.person .who { min-width: 0; flex: 1 1 13rem; overflow-wrap: anywhere; line-height: 1.35; }
.person .who b { color: var(--ink); font-weight: 600; }
code { font: .875em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.literal { margin: 0; padding: .85rem 1rem; background: #f4f6f9; border: 1px solid var(--line); border-radius: 10px; overflow-wrap: anywhere; }
@media (min-width: 52rem) {
  main { padding: 2.5rem 1.5rem; }
  .sheet { max-width: 60rem; display: grid; grid-template-columns: 21rem 1fr; }
  .inner { padding: 2.25rem 2.5rem 2.25rem; }
  .aside { padding: 2.25rem 1.85rem; display: flex; flex-direction: column; gap: 1.5rem; }
  .product { font-size: .9375rem; white-space: nowrap; }
  .aside .pitch { display: block; font-size: 1.5rem; line-height: 1.25; font-weight: 600; letter-spacing: -.015em; text-wrap: balance; }
  .aside .fact { display: block; margin-top: auto; font-size: .875rem; line-height: 1.45; color: #d3e2eb; padding-left: .85rem; border-left: 2px solid rgb(255 255 255 / .3); }
  .people { grid-template-columns: 1fr 1fr; border: 0; gap: .6rem; overflow: visible; }
  .people.many { border: 1px solid var(--line); padding: .6rem; overflow-y: auto; }
  .people .choice, .people .choice + .choice { border: 1px solid var(--line); border-radius: 11px; }
  .people .choice:has(input:checked) { border-color: var(--accent); }
  h1 { font-size: 1.6rem; }
  .ways { padding-left: 0; }
  .buttons { grid-template-columns: auto auto 1fr; }
  .buttons button { min-width: 8.5rem; }
}
@media (forced-colors: active) {
  .choice:has(input:checked) { outline: 2px solid; outline-offset: -2px; }
  button.plain { color: LinkText; }
}
`;
