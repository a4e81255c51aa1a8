/**
 * The page's only script: a box that filters by an environment's name, a switch that leaves what
 * needs a look, and the theme. Without it all is there and nothing is hidden. It compares texts and
 * hides rows; it never makes an element or a text out of what was read.
 */
export const script = `
(()=>{
const d=document,q=i=>d.getElementById(i),tools=q("tools"),box=q("find"),only=q("only"),said=q("said"),theme=q("theme");
if(!tools)return;
tools.hidden=false;
const rows=[...d.querySelectorAll("[data-n]")].map(e=>[e,e.dataset.n.toLowerCase(),"w"in e.dataset]);
const all=new Set(rows.map(r=>r[1])).size;
const apply=()=>{
const t=box.value.trim().toLowerCase(),w=only.checked,seen=new Set();
for(const[e,n,a]of rows){const on=n.includes(t)&&(!w||a);e.hidden=!on;if(on)seen.add(n)}
said.textContent=seen.size+" of "+all+(all===1?" environment":" environments");
};
let due=0;
box.addEventListener("input",()=>{cancelAnimationFrame(due);due=requestAnimationFrame(apply)});
only.addEventListener("change",apply);
const dark=()=>(d.documentElement.dataset.theme||(matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light"))==="dark";
const label=()=>{theme.textContent=dark()?"Light theme":"Dark theme"};
theme.addEventListener("click",()=>{d.documentElement.dataset.theme=dark()?"light":"dark";label()});
label();apply();
})();
`;
