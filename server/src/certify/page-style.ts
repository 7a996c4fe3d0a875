/** The report's look: system fonts, both colour schemes, readable on a phone and on paper. */
export const PAGE_STYLE = `
:root { --ink: #1c2024; --soft: #60646c; --paper: #fcfcfd; --card: #fff; --line: #e0e1e6; --code: #f4f5f7;
  --good: #18794e; --bad: #c62a2f; --warn: #9a5b00; --off: #80838d; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --paper: #111113; --card: #18191b; --line: #363a3f; --code: #212225;
  --good: #3dd68c; --bad: #ff9592; --warn: #ffca16; --off: #8b8d98; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .75rem 0 1rem; }
h2 { font-size: 1rem; color: var(--soft); font-weight: 600; margin: 2rem 0 .5rem; }
.stamp { display: inline-block; margin: 0; padding: .2rem .8rem; border: 2px solid; border-radius: 99px; font-weight: 700; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .5rem 1.5rem; margin: 0 0 1rem; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; overflow-wrap: anywhere; }
.summary { font-weight: 600; margin: 0 0 .5rem; }
.bar { display: flex; gap: 3px; height: .5rem; } .bar i { background: currentColor; border-radius: 3px; }
.passed { color: var(--good); } .failed { color: var(--bad); } .blocked { color: var(--warn); } .not_applicable { color: var(--off); }
details { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: .4rem 0; }
details.failed, details.blocked { border-color: currentColor; }
summary { display: flex; gap: .75rem; align-items: baseline; padding: .6rem .9rem; cursor: pointer; list-style: none; border-radius: 8px; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: var(--code); }
:focus-visible { outline: 3px solid #3e63dd; outline-offset: 1px; }
.mark { font-weight: 700; width: 1.2em; flex: none; text-align: center; } .title { color: var(--ink); flex: 1; } .word { font-size: .85rem; white-space: nowrap; }
.inside { color: var(--ink); padding: 0 .9rem .9rem; border-top: 1px solid var(--line); }
.note { font-weight: 600; overflow-wrap: anywhere; } .expected, .left, footer { color: var(--soft); font-size: .9rem; }
ol { padding-left: 1.6rem; margin: 0; } ol > li { margin: .9rem 0; } ol > li::marker { color: var(--soft); }
.purpose { margin: 0 0 .3rem; font-weight: 600; }
pre { background: var(--code); border-radius: 6px; padding: .6rem .8rem; margin: .3rem 0; overflow: auto; max-height: 18rem; font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
pre.answer { border-left: 3px solid var(--line); } small { color: var(--soft); }
code { font: .9em ui-monospace, monospace; } ul { list-style: none; padding: 0; margin: .3rem 0; font-size: .9rem; } ul li { overflow-wrap: anywhere; }
footer { margin-top: 2rem; }
@media print { details { break-inside: avoid; } }
`
