/** What the labelling page adds to the style of a run's page. */
export const labellingStyle = `
main{max-width:820px;margin:0 auto}.question{border:0;margin:8px 0;font-size:18px;white-space:pre-wrap;overflow-wrap:anywhere}
.options{margin:4px 0;padding-left:22px;overflow-wrap:anywhere}.observation{white-space:pre-wrap;background:var(--c0);border-radius:4px;padding:8px 10px}
.unseen{color:var(--soft)}.judges dt{color:var(--soft)}.judges dd{margin:0 0 6px;overflow-wrap:anywhere}
button{font:inherit;color:inherit;background:var(--paper);border:1px solid #888;border-radius:5px;padding:8px 12px;cursor:pointer;min-height:40px}button:disabled{color:var(--soft);cursor:default}
.choices{border:0;margin:0;padding:0;min-width:0;display:flex;gap:10px;flex-wrap:wrap}.choices button{flex:1 1 90px;font-weight:600}kbd{font-weight:normal;color:var(--soft);font-size:12px}
.choices [aria-pressed=true]{outline:3px solid var(--good);background:var(--c0)}.choices .no[aria-pressed=true]{outline-color:var(--bad);background:var(--c1)}.choices .unsure[aria-pressed=true]{outline-color:var(--u4);background:var(--c4)}
.steps{display:flex;align-items:center;justify-content:space-between;gap:8px;margin:10px 0}.told{min-height:1.5em;color:var(--soft)}
.files{display:flex;flex-wrap:wrap;gap:10px;align-items:center;margin:14px 0}.files input{max-width:100%}progress{vertical-align:middle;max-width:100%}
.overview{display:flex;flex-wrap:wrap;gap:4px;margin:14px 0}.overview button{min-height:32px;min-width:36px;padding:2px 4px;font-size:12px;font-variant-numeric:tabular-nums}
.overview .yes{background:var(--c0);border-color:var(--u0)}.overview .no{background:var(--c1);border-color:var(--u1)}.overview .unsure{background:var(--c4);border-color:var(--u4)}.overview [aria-current]{outline:2px solid var(--ink)}
`
