import { neutrals } from '#lib/branding/index.ts';

/**
 * One sheet for every customer page, inlined under the response's nonce. Colours and corners come from the partner's
 * theme as custom properties; the rest is ours. Phones first: full width, then a card from 600 px.
 */
const sheet = `
:root{color-scheme:light dark;--ink:${neutrals.light.ink};--muted:${neutrals.light.muted};--line:#dfe2e8;--field:#7b8494;--warn:#8a4b00;--warn-soft:#fdf3e3;--bad:#b3261e;--quiet:#5b6472;--ring:var(--accent-text);--seal:#9b2336}
@media (prefers-color-scheme:dark){:root{--ink:${neutrals.dark.ink};--muted:${neutrals.dark.muted};--line:#2b3039;--field:#7d8696;--warn:#ffc46b;--warn-soft:#2a2113;--bad:#ff8f85;--quiet:#a6aebb}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--surface);color:var(--ink);font:400 1rem/1.5 var(--font);overflow-wrap:anywhere;text-wrap:pretty;-webkit-font-smoothing:antialiased}
h1,h2,p,ul,ol,dl,dd{margin:0;padding:0}
ul,ol{list-style:none}
svg,img{display:block;flex:none}
picture{display:contents}
a,summary{color:var(--accent-text)}
a{text-underline-offset:.2em;text-decoration-thickness:1px}
a:hover{text-decoration-thickness:2px}
b,h2{font-weight:600}
small{font-size:.875rem;color:var(--muted)}
:focus-visible{outline:3px solid var(--ring);outline-offset:3px;border-radius:4px}
h1:focus{outline:0}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.demo{background:var(--warn-soft);color:var(--warn);font-size:.875rem;font-weight:600;text-align:center;padding:.375rem 1rem}
.frame{min-height:100vh;min-height:100svh;display:flex;flex-direction:column}
.top{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.5rem 1rem;padding:.875rem 1.25rem;border-bottom:1px solid var(--line)}
.brand{flex:1 1 8.5rem;display:flex;align-items:center;gap:.75rem;font-weight:600;line-height:1.25;max-width:100%;hyphens:auto;overflow-wrap:break-word}
.brand bdi{min-width:0}
.brand img{max-width:min(11rem,100%);max-height:2.5rem;width:auto;height:auto;object-fit:contain}
.mono{flex:none;display:grid;place-items:center;width:2.5rem;height:2.5rem;border-radius:var(--r-tile);background:var(--accent);color:var(--on-accent);font-size:.9375rem;font-weight:700;letter-spacing:.02em;border:1px solid var(--accent-edge)}
.langs{display:flex;flex-wrap:wrap;margin:0 -.5rem;font-size:.875rem}
.langs a,.langs b{display:flex;align-items:center;justify-content:center;min-width:2.25rem;min-height:2.75rem;padding:0 .375rem}
.langs i{font-style:normal}
.langs a:hover i{text-decoration:underline;text-underline-offset:.2em}
.langs a{color:var(--muted);text-decoration:none}
.langs a:hover{color:var(--ink)}
.langs b{box-shadow:inset 0 -2px var(--accent-edge);min-width:1.75rem;min-height:2rem;margin:.375rem .25rem;padding:0 .125rem}
main{flex:1;padding:1.75rem 1.25rem 2.25rem}
main>*+*{margin-top:1.5rem}
.step{display:flex;align-items:center;gap:.75rem;font-size:.875rem;color:var(--muted)}
.on{fill:var(--accent-edge)}
.off{fill:var(--line)}
h1{font:650 1.625rem/1.22 var(--font-head);letter-spacing:-.017em;text-wrap:balance}
h2{font-size:1rem;line-height:1.4;text-wrap:balance}
.lead{font-size:1.0625rem;color:var(--muted)}
.lead b{color:var(--ink);font-weight:600}
h1+.lead,.eyebrow+h1{margin-top:.625rem}
.eyebrow{font-size:.875rem;color:var(--muted);text-wrap:balance}
.hero>*+*{margin-top:1.25rem}
.hero>h1+.lead{margin-top:.625rem}
.hero>.eyebrow+h1{margin-top:.375rem}
.panel{background:var(--soft);border:1px solid var(--line);border-radius:var(--r-panel);padding:.25rem 1.125rem}
.panel>div{display:grid;gap:.125rem 1rem;padding:.75rem 0}
.panel>div+div{border-top:1px solid var(--line)}
dt{font-size:.875rem;color:var(--muted);line-height:1.5}
dd{font-weight:500}
dd small{display:block;font-weight:400}
.divisions small{color:var(--muted)}
.divisions li+li{margin-top:.25rem}
.divisions li{display:flex;justify-content:space-between;align-items:baseline;gap:.75rem}
.divisions li>small{display:inline;white-space:nowrap;font-variant-numeric:tabular-nums}
.more{margin-top:.375rem;font-weight:400;font-size:.9375rem}
.more ul{margin-top:.25rem}
.points{display:grid;gap:1.25rem}
.points li{display:flex;gap:.875rem}
.points p,.note p{color:var(--muted);font-size:.9375rem}
.points .icon{margin-top:.0625rem}
.icon,.go svg{width:1.375rem;height:1.375rem;fill:none;stroke:var(--accent-text);stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.note{display:flex;gap:.875rem;padding:1rem 1.125rem;border-radius:var(--r-panel);background:var(--warn-soft);border:1px solid var(--warn)}
.note .icon{stroke:var(--warn)}
.note p{color:var(--ink)}
.btn{display:flex;align-items:center;justify-content:center;gap:.5rem;width:100%;min-height:3.25rem;padding:.625rem 1.25rem;border:1px solid var(--accent-edge);border-radius:var(--r-control);background:var(--accent);color:var(--on-accent);font:600 1.0625rem/1.25 var(--font);text-align:center;text-wrap:balance;text-decoration:none;cursor:pointer}
.btn:hover{background:var(--accent-hover)}
.btn:active{transform:translateY(1px)}
.btn:focus-visible{border-radius:var(--r-control)}
.btn .icon{stroke:currentColor;width:1.25rem;height:1.25rem}
.btn.plain,.btn.grave{background:transparent;border-color:var(--field);color:var(--ink);min-height:2.75rem;font-size:1rem}
.btn.grave{border-color:var(--bad);color:var(--bad)}
.btn.plain:hover,.btn.grave:hover{background:var(--soft)}
.acts>*+*{margin-top:.75rem}
.acts>p+*,.acts>.count+*{margin-top:1rem}
.acts>h2+p{margin-top:.25rem}
.ticks{padding:.5rem 1.125rem}
.ticks li{display:flex;align-items:center;gap:.75rem;min-height:2.75rem}
.ticks .busy{color:var(--muted)}
.dot{width:.75rem;height:.75rem;margin:0 .3125rem;border:2px solid var(--field);border-radius:50%}
.fine{font-size:.9375rem;color:var(--muted)}
.fine b{color:var(--ink)}
.said{border-left:3px solid var(--accent-edge);padding-left:1rem}
.said p+p{margin-top:.125rem}
.panel+.fine{margin-top:.75rem}
.fold{border-top:1px solid var(--line);padding-top:.75rem;margin-bottom:-.75rem}
.fold summary{justify-content:space-between;padding:.5rem 0}
.fold[open]{margin-bottom:0}
summary{cursor:pointer;display:flex;align-items:center;gap:.625rem;min-height:2.75rem;font-size:.9375rem;font-weight:500;list-style:none}
summary::-webkit-details-marker{display:none}
summary::after{content:"";width:.5rem;height:.5rem;margin:-.25rem .25rem 0 0;border:solid;border-width:0 2px 2px 0;transform:rotate(45deg)}
[open]>summary::after{margin-top:.25rem;transform:rotate(225deg)}
summary:hover{text-decoration:underline;text-underline-offset:.2em}
.more summary{min-height:1.75rem}
.fold>*+*{margin-top:.75rem}
.fold p,.fold ol,.sect p{color:var(--muted);font-size:.9375rem}
.fold p b,.fold li b{color:var(--ink)}
.fold>summary+*{margin-top:.25rem}
.sect>*+*{margin-top:.625rem}
.sect>form,.sect>.count+p{margin-top:1rem}
.sect{border-top:1px solid var(--line);padding-top:1.5rem}
.count{counter-reset:n}
.count li{counter-increment:n;position:relative;padding-left:2.25rem}
.count li+li{margin-top:.625rem}
.count li::before{content:counter(n);position:absolute;left:0;top:0;width:1.5rem;height:1.5rem;border-radius:50%;background:var(--soft);color:var(--accent-text);font-size:.8125rem;font-weight:600;line-height:1.5rem;text-align:center}
.sect .count{color:var(--muted);font-size:.9375rem}
.links{display:flex;flex-wrap:wrap;gap:0 1.5rem;font-size:.9375rem}
.links a,.contact a,.foot a{display:inline-flex;align-items:center;min-height:2.75rem}
.links li,.contact li{min-width:0}
.contact{font-size:.9375rem;margin-top:0}
.code{font-size:.875rem;color:var(--muted)}
.code b{font:600 .9375rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--ink);letter-spacing:.04em}
.copy{display:block;font-size:.875rem;color:var(--muted)}
.copy textarea{display:block;width:100%;resize:none;field-sizing:content;margin-top:.25rem;padding:.5rem .75rem;border:1px solid var(--field);border-radius:var(--r-panel);background:var(--surface);color:var(--ink);font:400 .9375rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;word-break:break-all}
fieldset{margin:0 0 1.5rem;padding:0;border:0;min-width:0}
legend{padding:0;font-weight:600;margin-bottom:.625rem}
.acts label:not(.pick){display:block;font-weight:600}
.acts input[type=text]{display:block;width:100%;min-height:3.25rem;margin:.625rem 0 .75rem;padding:.625rem .875rem;border:1px solid var(--field);border-radius:var(--r-control);background:var(--surface);color:var(--ink);font:400 1rem/1.5 var(--font)}
.acts input[aria-invalid=true]{border:2px solid var(--warn)}
.address{color:var(--ink)}
.note .count{margin-top:.5rem}
.note summary{color:var(--ink)}
.note .count li::before{background:var(--warn);color:var(--warn-soft)}
.more p{margin:.5rem 0 0}
.pick{display:flex;align-items:center;gap:.75rem;min-height:3rem;padding:.5rem 1rem;border:1px solid var(--field);cursor:pointer}
.pick+.pick{border-top:0}
.pick:first-of-type{border-radius:var(--r-panel) var(--r-panel) 0 0}
.pick:last-of-type{border-radius:0 0 var(--r-panel) var(--r-panel)}
.pick:has(:checked){background:var(--soft);font-weight:500}
.pick:focus-within{position:relative;outline:3px solid var(--ring);outline-offset:1px}
.pick input{flex:none;width:1.25rem;height:1.25rem;margin:0;accent-color:var(--accent-text);outline:0}
.past{font-size:.9375rem}
.past li{position:relative;padding-left:1.6875rem}
.past li:not(:last-child)::after{content:"";position:absolute;left:.3125rem;top:1.4375rem;bottom:-1.0625rem;border-left:2px solid var(--line)}
.past li+li{margin-top:.875rem}
.past li::before{content:"";position:absolute;left:0;top:.4375rem;width:.75rem;height:.75rem;border-radius:50%;background:var(--surface);border:2px solid var(--field)}
.past li:first-child::before{background:var(--accent-edge);border-color:var(--accent-edge)}
.past small{display:block}
.span{margin-top:.5rem}
.span svg{width:100%;height:.375rem;border-radius:3px}
.span .on{fill:var(--accent-edge)}
.span.warn .on{fill:var(--warn)}
.bridge{display:flex;flex-wrap:wrap;align-items:center;gap:.75rem}
.tile{display:grid;place-items:center;min-height:3.25rem;min-width:3.25rem;padding:.375rem .875rem;border:1px solid var(--line);border-radius:var(--r-panel);background:var(--surface);font-weight:600;font-size:.9375rem;line-height:1.2;text-align:center;max-width:42%}
.tile img{max-width:100%;max-height:2rem;width:auto;height:auto}
.bridge .tile:has(img){flex:99 1 4rem;max-width:max-content;padding:.375rem .625rem}
.tile.own{padding:0;border:0}
.tile.own .mono{width:3.25rem;height:3.25rem;font-size:1.125rem;border-radius:var(--r-panel)}
.bridge .thread{flex:1;min-width:1rem;border-top:2px dotted var(--field)}
.glyph{fill:var(--seal)}
.glyph .cut{fill:none;stroke:#fff;stroke-width:5;stroke-linecap:round;stroke-linejoin:round}
.seal{margin-left:-.25rem}
.seal .wax{fill:var(--tone)}
.seal .rim{fill:none;stroke:var(--cut);stroke-opacity:.35;stroke-width:1.5}
.seal .press{fill:none;stroke:var(--cut);stroke-width:4;stroke-linecap:round;stroke-linejoin:round}
.seal .crack{stroke:var(--surface);stroke-width:3.5;stroke-linejoin:miter}
.dots{stroke-width:5.5}
.brand{--tone:var(--accent);--cut:var(--on-accent)}
.warn{--tone:var(--warn);--cut:var(--surface)}
.bad{--tone:var(--bad);--cut:var(--surface)}
.quiet{--tone:var(--quiet);--cut:var(--surface)}
.seal.brand .wax{stroke:var(--accent-edge);stroke-width:1}
.foot{padding:1.25rem;border-top:1px solid var(--line);font-size:.875rem;color:var(--muted);display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:0 1.5rem}
.foot ul{display:flex;flex-wrap:wrap;gap:0 1.25rem}
.foot a{color:var(--muted)}
.foot a:hover{color:var(--ink)}
.by{display:inline-flex;align-items:center;gap:.5rem;min-height:2.75rem}
.ticking{border:1px solid var(--line);border-radius:var(--r-panel);padding:.5rem;margin:.75rem 0 1rem;font-size:.9375rem;color:var(--muted)}
.ticking li{display:flex;align-items:center;gap:.625rem;padding:.375rem .625rem}
.ticking .box{flex:none;width:1.125rem;height:1.125rem;margin:0 .0625rem;border:2px solid var(--accent-edge);border-radius:3px}
.ticking .here{color:var(--ink);font-weight:500;border-radius:var(--r-tile);outline:2px solid var(--accent-edge)}
@media (max-width:22.4375rem){.bridge{gap:.5rem}.bridge .tile:not(.own){padding:.375rem .5rem}}
@media (min-width:600px){
body{background:var(--page)}
.frame{max-width:35rem;margin:0 auto;padding:clamp(2.5rem,9vh,6rem) 1rem 1.5rem;min-height:0}
.top,.foot{border:0;padding:0 .5rem}
.top{margin-bottom:1.25rem}
main{background:var(--surface);border:1px solid var(--line);border-radius:var(--r-card);padding:2.5rem 2.5rem 2.25rem;box-shadow:0 1px 2px rgb(12 16 28/.04),0 12px 32px -12px rgb(12 16 28/.12)}
.foot{margin-top:.75rem}
h1{font-size:1.75rem}
.lead b{white-space:nowrap}
.panel>div{grid-template-columns:8.25rem 1fr}
.panel{padding:.25rem 1.25rem}
dt{line-height:1.7143}
}
@media (prefers-color-scheme:dark){
.brand img:not(.both),.tile:has(img:not(.both)){background:#fff}
.brand img:not(.both){padding:.25rem .375rem;border-radius:6px}
main{box-shadow:none}
.panel{--line:rgb(255 255 255/.16)}
}
@media (prefers-reduced-motion:no-preference){
.btn{transition:background-color .15s}
.dots path{animation:beat 1.4s ease-in-out infinite}
.dots path:nth-child(2){animation-delay:.18s}
.dots path:nth-child(3){animation-delay:.36s}
@keyframes beat{0%,60%,to{opacity:.3}25%{opacity:1}}
}
@media (forced-colors:active){
.seal .wax,.glyph{fill:CanvasText}
.seal .rim,.seal .press,.seal .crack,.glyph .cut{stroke:Canvas}
.icon,.note .icon{stroke:CanvasText}
.btn .icon{stroke:currentColor}
.on,.span .on,.span.warn .on{fill:Highlight}
.off{fill:GrayText}
.langs b{border-bottom:2px solid}
}
@media print{.acts,.langs,form{display:none}}
`;

export const styles = sheet.replaceAll('\n', '');
