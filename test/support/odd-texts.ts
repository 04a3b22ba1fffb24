import fc from 'fast-check'

/** What people and programs put into a chat that no form expects: each must be kept, shown literally, and hurt nobody. */
export const ODD_TEXTS = [
  '\u0000\u0001\u0007\u001b[31m',
  '\u202Egnp.exe\u202C \u2066x\u2069',
  '\u200b\u200b\u200b',
  '\ud83d',
  'chữ \udc00 lẻ',
  'tiếng Việt viết rời'.normalize('NFD'),
  '<script>alert(1)</script> <b>đậm</b> &amp;',
  '{{title}} {{- code}} {{x}}',
  '$t(case.state.PENDING_INTAKE) $t(menu.text)',
  '[@8461027395518840011] [@all]',
  '=HYPERLINK("http://example.vn";"bấm")',
  `' OR 1=1; -- {"$gt":""} ../../etc/passwd`,
  '$& $1 $$ $\u007Bx} %s',
  '👨‍👩‍👧‍👦🇻🇳 你好 مرحبا',
  '__proto__',
  'constructor',
  '#',
  '#submit',
  '#submit.x.y.z',
  '#submit.__proto__.edit.000000',
  '#held.send',
  '#draft.delete.',
  '#case.',
  '#forget.yes.zzzz',
  '#constructor.a.b.c',
  '0',
  '99',
  '1',
  '...',
  '?',
  'hồ sơ đất đai '.repeat(700),
  'x'.repeat(9_000),
  `${'😀'.repeat(2_600)} chậm trả hồ sơ đất`,
] as const

export const oddText = fc.oneof(
  fc.constantFrom(...ODD_TEXTS),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
)
