/** The page's only style. No rule of it fetches anything. */
export const style = `
:root{--bg:#fbfaf7;--card:#fff;--ink:#1c1f22;--soft:#555c63;--line:#d9d5cc;--accent:#0a5585;--ok:#1a663a;--warn:#7d4b00;--bad:#a01f1b;--okb:#e9f4ec;--warnb:#fcf1dd;--badb:#fbe8e6;--serif:Charter,"Iowan Old Style","Palatino Linotype","Noto Serif",Georgia,serif;--sans:system-ui,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;--mono:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;color-scheme:light}
@media(prefers-color-scheme:dark){:root:not([data-theme=light]){--bg:#14171a;--card:#1a1e22;--ink:#e7e5df;--soft:#a7adb3;--line:#333940;--accent:#84c5ef;--ok:#84d3a0;--warn:#f2c172;--bad:#ff9f97;--okb:#17291e;--warnb:#2d2513;--badb:#341b1a;color-scheme:dark}}
:root[data-theme=dark]{--bg:#14171a;--card:#1a1e22;--ink:#e7e5df;--soft:#a7adb3;--line:#333940;--accent:#84c5ef;--ok:#84d3a0;--warn:#f2c172;--bad:#ff9f97;--okb:#17291e;--warnb:#2d2513;--badb:#341b1a;color-scheme:dark}
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:1rem/1.55 var(--sans);overflow-wrap:break-word}
.skip{position:absolute;left:-99rem;top:0;background:var(--accent);color:var(--bg);padding:.5rem 1rem}
.skip:focus{left:0;z-index:9}
header,main,footer,nav{max-width:74rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.25rem}
header nav{padding:0}
h1{font:600 2rem/1.2 var(--serif);margin:0 0 .25rem}
h2{font:600 1.45rem/1.25 var(--serif);margin:3.25rem 0 .4rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.8rem 0 .3rem}
p{margin:.35rem 0 .8rem;max-width:46rem}
.soft,figcaption,caption{color:var(--soft);font-size:.875rem}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:.7rem 0;margin:1rem 0 0;border-block:1px solid var(--line)}
a{color:var(--accent);text-underline-offset:.18em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
code,.m{font:.84em/1.5 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere}
.x{font-weight:inherit;text-decoration:underline dotted var(--bad) 2px;text-underline-offset:.2em}
.big{display:flex;gap:.9rem;align-items:baseline;border-left:.35rem solid;padding:.8rem 1.1rem;margin:1rem 0;font:600 1.2rem/1.4 var(--serif);max-width:none}
.big.ok{background:var(--okb)}.big.warn{background:var(--warnb)}.big.bad{background:var(--badb)}
.ok{color:var(--ok)}.warn{color:var(--warn)}.bad{color:var(--bad)}
.big span:last-child{color:var(--ink)}
.card p,.ends li{overflow-wrap:anywhere}
.s{font-weight:600;white-space:nowrap}
.s i{font-style:normal;margin-right:.35em}
dl.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.6rem 1.4rem;margin:1rem 0}
dl.facts div{display:flex;flex-direction:column;justify-content:space-between}
dl.facts .s{white-space:normal}
dt{color:var(--soft);font-size:.8rem}dd{margin:0;font-weight:600}
.t{overflow-x:auto;margin:.8rem 0 1.2rem;border:1px solid var(--line);border-radius:.4rem;background:var(--card)}
.t.tall{max-height:42rem;overflow-y:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem;min-width:38rem}
caption{text-align:left;padding:.6rem .8rem;caption-side:top}
th,td{text-align:left;vertical-align:top;padding:.5rem .8rem;border-top:1px solid var(--line)}
thead th{position:sticky;top:0;background:var(--card);color:var(--soft);font-size:.8rem;font-weight:600;border-top:0;box-shadow:0 1px 0 var(--line);z-index:1}
tbody th{font-weight:600}
td{overflow-wrap:anywhere;min-width:8.5rem}
tbody th{min-width:9rem;max-width:16rem}
td ul,.plain{margin:0;padding:0;list-style:none}
td ul.if{list-style:square;padding-left:1.2rem;font-size:.94em}
td li+li{margin-top:.3rem}
td .soft{font-size:.92em}
.card{border:1px solid var(--line);border-left:.3rem solid var(--warn);border-radius:.3rem;background:var(--card);padding:.7rem 1rem;margin:.7rem 0}
.card h4{margin:0 0 .3rem;font-size:1rem}
.ends li{margin:.35rem 0}
figure{margin:1rem 0}
.pic{overflow-x:auto;border:1px solid var(--line);border-radius:.4rem;background:var(--card);padding:.6rem}
.pic svg{display:block;min-width:46rem;width:100%;height:auto}
svg text{font:12px var(--sans);fill:var(--ink);white-space:pre}
svg .l{font-size:10.5px;fill:var(--soft)}
svg .h{font-weight:600}
svg .n{fill:var(--bg);stroke:var(--line)}
svg .role{stroke:var(--accent);stroke-width:1.6}
svg .e{fill:none;stroke:var(--accent);stroke-opacity:.45;stroke-width:1.5}
svg .lost{stroke:var(--bad);stroke-dasharray:5 4;stroke-opacity:1}
svg .dim{stroke-dasharray:2 4}
svg .open{stroke:var(--warn);stroke-width:1.6}
svg .tb{fill:var(--bad)}svg .tw{fill:var(--warn)}svg .to{fill:var(--ok)}svg .ta{fill:var(--accent)}
svg .g{stroke:var(--line)}
svg .no{fill:var(--soft);fill-opacity:.14}
svg .hold{fill:none;stroke:var(--warn);stroke-width:2}
.tools{display:flex;flex-wrap:wrap;gap:.6rem 1.2rem;align-items:center;margin:.9rem 0 0;font-size:.9rem}
.tools[hidden]{display:none}
input[type=search],button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);border-radius:.3rem;padding:.3rem .6rem}
footer{margin-top:3rem;padding-bottom:3rem;color:var(--soft);font-size:.875rem}
@media(max-width:40rem){header{padding-top:1.2rem}h1{font-size:1.55rem}h2{font-size:1.25rem}th,td{padding:.4rem .55rem}.big{font-size:1.05rem}}
@media print{:root,:root:not([data-theme=light]),:root[data-theme=dark]{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--accent:#003a5c;--ok:#0d4a27;--warn:#5c3700;--bad:#7d1512;--okb:#fff;--warnb:#fff;--badb:#fff;color-scheme:light}.tools,.skip,nav{display:none}.t,.pic,.t.tall{overflow:visible;max-height:none;border:0}thead th{position:static}tr,.card{break-inside:avoid}table{min-width:0;font-size:8.5pt}h2{break-after:avoid}.pic svg{min-width:0}}
@media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`;
