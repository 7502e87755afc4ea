/** The page's one style sheet: light and dark, from a phone's width up. */
export const style = `
:root{color-scheme:light dark;--ink:#1a1a1a;--soft:#555;--line:#ccc;--paper:#fff;--bar:#9ecae1;--good:#0072b2;--bad:#d55e00;--c0:#d6eaf8;--c1:#fdebd0;--c2:#d5f5e3;--c3:#f5d5e8;--c4:#e8e4f8;--c5:#f2f2d0;--u0:#0072b2;--u1:#b35900;--u2:#00795a;--u3:#a8447b;--u4:#6a5acd;--u5:#7a7a00}
@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--soft:#aaa;--line:#484848;--paper:#16181b;--bar:#33607c;--good:#2b86bf;--bad:#b5652b;--c0:#153a52;--c1:#4f3413;--c2:#13472b;--c3:#4d2340;--c4:#332b5e;--c5:#45451a;--u0:#4aa8e0;--u1:#f0a35c;--u2:#4fc9a4;--u3:#e290c0;--u4:#a99df0;--u5:#c9c95a}.figures svg{filter:brightness(1.3)}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--ink);background:var(--paper);max-width:1160px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:26px;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:19px;margin:40px 0 10px;border-bottom:1px solid var(--line);padding-bottom:4px}
h3{font-size:15px;margin:0 0 6px}h4{font-size:14px;margin:0 0 2px}small{color:var(--soft);font-weight:normal}
.figures+h3,table+h3{margin-top:18px}nav{display:flex;flex-wrap:wrap;gap:2px 14px;margin:8px 0 12px;font-size:13px}nav a,small a{color:var(--u0)}section{scroll-margin-top:8px}
.facts{color:var(--soft);margin:0 0 8px}.facts b{font-weight:600;color:var(--ink)}
table{border-collapse:collapse;margin:6px 0;font-variant-numeric:tabular-nums;max-width:100%}
.scroll{overflow-x:auto;max-width:100%}.scroll tbody th,.scroll thead th:first-child{min-width:7em}.scroll:focus:not(:focus-visible){outline:none}
th,td{padding:3px 14px 3px 0;text-align:left;vertical-align:top;font-weight:normal;overflow-wrap:anywhere}
thead th{color:var(--soft);border-bottom:1px solid var(--line);font-size:13px}
.number{text-align:right;white-space:nowrap;padding-left:10px}th.inner{padding-left:18px;color:var(--soft)}th.d2{padding-left:36px}th.d3{padding-left:54px}th.d4{padding-left:72px}
details summary{cursor:pointer;color:var(--soft);margin:6px 0}
tr.total th,tr.total td{border-top:1px solid var(--line);font-weight:600}
td.bar{width:260px}td.bar i{display:block;height:11px;margin-top:6px;background:var(--bar);border-radius:2px}
.plain th{color:var(--soft)}code{font-size:13px}
.figures{display:flex;flex-wrap:wrap;gap:14px 22px;margin:8px 0}.figures figure{margin:0;flex:0 1 auto;max-width:100%}figcaption{contain:inline-size;font-size:13px;line-height:1.35;overflow-wrap:anywhere;margin:0 0 4px}figcaption b,figcaption small{display:block}figcaption small{font-size:11.5px}.figures svg{max-width:100%;height:auto}
article,.group{border:1px solid var(--line);border-radius:6px;padding:12px 14px;margin:12px 0}
article p,.group p{margin:4px 0;overflow-wrap:anywhere}article img,.group img{max-width:100%;border-radius:4px;margin:6px 0}
.example{display:flex;gap:24px;align-items:flex-start;flex-wrap:wrap}.output{flex:1 1 300px;white-space:pre-wrap;overflow-wrap:anywhere}
.process{border-radius:3px;padding:1px 3px;-webkit-box-decoration-break:clone;box-decoration-break:clone}
.p0{background:var(--c0)}.p1{background:var(--c1)}.p2{background:var(--c2)}.p3{background:var(--c3)}.p4{background:var(--c4)}.p5{background:var(--c5)}
.wrap td{max-width:620px}.problem{white-space:pre-wrap}
.filters{display:flex;flex-wrap:wrap;gap:8px 14px;margin:8px 0}.field{display:flex;flex-direction:column;font-size:13px}.field label{color:var(--soft)}
.filters select,.filters input{font:inherit;color:inherit;background:var(--paper);border:1px solid #888;border-radius:4px;padding:3px 6px;max-width:180px}.filters input[type=number]{width:84px}
.browser{display:flex;gap:18px;align-items:flex-start}.list{flex:0 0 250px;list-style:none;margin:12px 0;padding:0;max-height:80vh;overflow-y:auto}.shown{flex:1 1 auto;min-width:0}
.list button{display:flex;flex-wrap:wrap;gap:2px 8px;width:100%;font:inherit;font-size:13px;text-align:left;color:inherit;background:none;border:1px solid transparent;border-radius:4px;padding:4px 6px;cursor:pointer;overflow-wrap:anywhere}
.list button[aria-pressed=true]{border-color:var(--good);background:var(--c0)}.means{margin-left:auto;display:flex;gap:8px;font-variant-numeric:tabular-nums}.means span{border-bottom-width:2px;border-bottom-style:solid}.constant{text-decoration:line-through}
.completions{list-style:none;margin:0;padding:0}.completion{border-top:1px solid var(--line);padding:8px 0}
.piece{border-bottom:2px solid transparent}.u0{border-color:var(--u0)}.u1{border-color:var(--u1)}.u2{border-color:var(--u2)}.u3{border-color:var(--u3)}.u4{border-color:var(--u4)}.u5{border-color:var(--u5)}
.token{color:var(--ink)}.token.plus{background:color-mix(in srgb,var(--good) 35%,transparent)}.token.minus{background:color-mix(in srgb,var(--bad) 35%,transparent)}
.completion th[scope=row]{min-width:6.5em}
.tag{font-weight:normal;font-size:12px;border:1px solid #888;border-radius:9px;padding:0 7px;margin-left:8px}.why{font-size:13px}mark{background:none;color:inherit}
:focus-visible{outline:2px solid var(--good);outline-offset:1px}
@media(max-width:720px){.wrap thead{display:none}.wrap tr{display:block;padding:6px 0;border-bottom:1px solid var(--line)}.wrap th,.wrap td{display:block;max-width:none;padding:1px 0}.wrap tbody th{font-weight:600}.wrap .number{text-align:left;padding-left:0}body{padding:16px 12px 40px}.browser{display:block}.list{max-height:40vh}td.bar{width:auto}}
`
