import type { ChannelMessage } from '../../src/usecases/notice-channels.ts'

/** A notice on its way out, as the planner writes it. */
export function channelMessage(fields: Partial<ChannelMessage> = {}): ChannelMessage {
  return {
    reference: 'n-0123456789abcdef-1',
    notice: 'N3',
    caseCode: 'PAKN.20261123.0001',
    locale: 'vi',
    isQuiet: false,
    subject: 'PAKN.20261123.0001: đã có trả lời',
    text: 'PAKN.20261123.0001\nSở Xây dựng đã trả lời.',
    shortText: 'PAKN.20261123.0001: đã có trả lời. Xem https://pakn.example.vn/tra-cuu?code=PAKN.20261123.0001',
    link: 'https://pakn.example.vn/tra-cuu?code=PAKN.20261123.0001',
    values: { state: 'Đã công khai', unit: 'Sở Xây dựng', answerBy: 'thứ Ba, 8/12/2026' },
    ...fields,
  }
}
