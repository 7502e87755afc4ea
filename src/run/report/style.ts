/** The page's one style sheet. */
export const style = `
:root{color-scheme:light}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:#1a1a1a;background:#fff;max-width:1160px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:40px 0 10px;border-bottom:1px solid #ddd;padding-bottom:4px}
h3{font-size:15px;margin:0 0 6px}small{color:#666;font-weight:normal}
.facts{color:#444;margin:0 0 8px}.facts b{font-weight:600;white-space:nowrap}
table{border-collapse:collapse;margin:6px 0;font-variant-numeric:tabular-nums;max-width:100%}
th,td{padding:3px 14px 3px 0;text-align:left;vertical-align:top;font-weight:normal;overflow-wrap:anywhere}
thead th{color:#555;border-bottom:1px solid #bbb;font-size:13px}
.number{text-align:right;white-space:nowrap;padding-left:10px}th.inner{padding-left:18px;color:#444}th.d2{padding-left:36px}th.d3{padding-left:54px}th.d4{padding-left:72px}
details summary{cursor:pointer;color:#555;margin:6px 0}
tr.total th,tr.total td{border-top:1px solid #bbb;font-weight:600}
td.bar{width:260px}td.bar i{display:block;height:11px;margin-top:6px;background:#9ecae1;border-radius:2px}
.plain th{color:#555;white-space:nowrap}code{font-size:13px}
.figures{display:flex;flex-wrap:wrap;gap:18px 14px}.figures figure{margin:0;flex:0 0 auto;max-width:100%;overflow-x:auto}
article{border:1px solid #ddd;border-radius:6px;padding:12px 14px;margin:12px 0}
article p{margin:4px 0;overflow-wrap:anywhere}article img{max-width:100%;border-radius:4px;margin:6px 0}
.example{display:flex;gap:24px;align-items:flex-start;flex-wrap:wrap}.output{flex:1 1 520px;white-space:pre-wrap}
.process{border-radius:3px;padding:1px 3px;-webkit-box-decoration-break:clone;box-decoration-break:clone}
.p0{background:#d6eaf8}.p1{background:#fdebd0}.p2{background:#d5f5e3}.p3{background:#f5d5e8}.p4{background:#e8e4f8}.p5{background:#f2f2d0}
.wrap td{max-width:620px}
`
