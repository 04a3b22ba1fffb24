import { byId, el, hour, hourWithSeconds, longDay, toast } from './dom.js'
import { post } from './server.js'
import { active, now, store } from './store.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const STEPS = [
  ['+10 phút', HOUR_MS / 6],
  ['+1 giờ', HOUR_MS],
  ['+1 ngày', DAY_MS],
  ['3 ngày sau', 3 * DAY_MS],
  ['8 ngày sau', 8 * DAY_MS],
  ['30 ngày sau', 30 * DAY_MS],
]
export const FAULT_NAMES = {
  slow: 'Trả lời chậm',
  html502: 'HTTP 502, trang HTML',
  reset: 'Ngắt kết nối, không giao',
  resetDelivered: 'Đã giao rồi mới ngắt kết nối',
  rateLimited: 'Quá số lần gọi mỗi phút (-32)',
  failed: 'Lỗi -200, không giao',
  failedDelivered: 'Lỗi -200 nhưng đã giao',
  timeoutDelivered: 'Không trả lời nhưng đã giao',
  tokenKilled: 'Access token hết hiệu lực (-216)',
  code: 'Mã lỗi khác',
}

const SMS_FAULT_NAMES = {
  none: 'Bình thường',
  refused: 'Từ chối vì hết tiền (402)',
  broken: 'Tạm ngừng (503)',
  failed: 'Nhận nhưng không tới máy',
  silent: 'Tới máy nhưng không có biên nhận',
}
const MAIL_FAULT_NAMES = {
  none: 'Bình thường',
  deferred: 'Hẹn gửi lại sau (451)',
  refused: 'Không có địa chỉ này (550)',
  bounced: 'Nhận rồi trả lại',
}

const button = (label, onclick, kind = 'secondary') => el('button', { type: 'button', class: kind, onclick }, label)
const option = (value, label) => el('option', { value }, label)

export function startPanels() {
  byId('panel-clock').append(
    el('div', { class: 'clock-face' }, el('strong', { id: 'clock-time' }), el('span', { id: 'clock-day' })),
    el(
      'div',
      { class: 'button-grid' },
      STEPS.map(([label, ms]) => button(label, () => advance(label, ms))),
    ),
    el(
      'p',
      {},
      'Đồng hồ của dịch vụ chỉ chạy tới, không lùi. Hạn xử lý, lời nhắc, cửa sổ 48 giờ và 7 ngày của Zalo, thời hạn token đều theo đồng hồ này.',
    ),
  )
  byId('panel-officer').append(
    el(
      'p',
      {},
      'Nhắn cho người đang chọn như một cán bộ gõ trong công cụ chat của Zalo (không qua dịch vụ). Trợ lý tự động phải nhường lời.',
    ),
    el(
      'form',
      { class: 'stack', id: 'officer-form', onsubmit: sendAsOfficer },
      el(
        'label',
        {},
        'Tin nhắn của cán bộ',
        el('textarea', { name: 'text', rows: '4', maxlength: '2000', required: true }),
      ),
      el('button', { class: 'primary' }, 'Gửi như cán bộ'),
    ),
  )
  byId('panel-faults').append(
    faultForm(),
    el('h3', {}, 'Đang bật'),
    el('ul', { class: 'fault-list', id: 'fault-list' }),
    webhookForm(),
    providersForm(),
  )
  byId('panel-account').append(accountForm())
  setInterval(drawClock, 1000)
}

export function drawClock() {
  byId('clock-time').textContent = hourWithSeconds(now())
  byId('clock-day').textContent = longDay(now())
  byId('status-time').textContent = hour(now())
}

async function advance(label, ms) {
  if ((await post('clock', { advanceMs: ms })) !== undefined) toast(`Đồng hồ của dịch vụ đã chuyển: ${label}.`)
}

async function sendAsOfficer(event) {
  event.preventDefault()
  const citizen = active()
  if (citizen === undefined) return
  const form = event.target
  if ((await post(`citizens/${citizen.id}/officer`, Object.fromEntries(new FormData(form)))) !== undefined) form.reset()
}

export function drawShortMessages() {
  byId('panel-sms').replaceChildren(
    el('p', {}, 'Mã xác nhận và tin SMS mà dịch vụ gửi sẽ hiện ở đây và trên điện thoại của người nhận.'),
    store.shortMessages.length === 0
      ? el('p', { class: 'empty' }, 'Chưa có tin SMS nào.')
      : el(
          'ul',
          { class: 'sms-list' },
          store.shortMessages.map((sms) =>
            el('li', {}, el('strong', {}, `${sms.phone} · ${hour(sms.at)}`), el('p', {}, sms.text)),
          ),
        ),
  )
  byId('sms-count').hidden = store.shortMessages.length === 0
  byId('sms-count').textContent = String(store.shortMessages.length)
}

function faultForm() {
  const number = (label, name, value, min, max) =>
    el('label', {}, label, el('input', { name, type: 'number', value, min, max }))
  const form = el(
    'form',
    {
      class: 'stack',
      onsubmit: async (event) => {
        event.preventDefault()
        const fields = Object.fromEntries(new FormData(form))
        const fault = {
          kind: fields.kind,
          scope: fields.scope,
          everyNth: Number(fields.everyNth),
          ...(fields.who === 'all' || active() === undefined ? {} : { citizenId: store.activeId }),
          ...(fields.strikesLeft === '' ? {} : { strikesLeft: Number(fields.strikesLeft) }),
          ...(fields.kind === 'slow' ? { delaySeconds: Number(fields.delaySeconds) } : {}),
          ...(fields.kind === 'code' ? { code: Number(fields.code) } : {}),
        }
        if ((await post('faults', fault)) !== undefined) toast('Đã bật sự cố thử.')
      },
    },
    el('h3', {}, 'Khi dịch vụ gọi Zalo'),
    el(
      'div',
      { class: 'columns' },
      el(
        'label',
        { class: 'whole' },
        'Sự cố',
        el(
          'select',
          { name: 'kind' },
          Object.entries(FAULT_NAMES).map(([kind, name]) => option(kind, name)),
        ),
      ),
      el(
        'label',
        {},
        'Với ai',
        el('select', { name: 'who' }, option('all', 'Mọi người'), option('mine', 'Người đang chọn')),
      ),
      el(
        'label',
        {},
        'Với lời gọi',
        el(
          'select',
          { name: 'scope' },
          option('sends', 'Gửi tin'),
          option('templates', 'Gửi mẫu tin'),
          option('all', 'Tất cả'),
        ),
      ),
      number('Cứ mấy lần thì một', 'everyNth', '1', '1', '1000'),
      number('Bao nhiêu lượt (trống: mãi)', 'strikesLeft', '', '1', '1000'),
      number('Chậm mấy giây', 'delaySeconds', '5', '0', '120'),
      number('Mã lỗi khác', 'code', '-213', '-99999', '-1'),
    ),
    el('button', { class: 'primary' }, 'Bật sự cố'),
  )
  return form
}

function webhookForm() {
  const check = (name, label) =>
    el(
      'label',
      { class: 'check' },
      el('input', {
        type: 'checkbox',
        name,
        onchange: (event) => post('webhook-faults', { [name]: event.target.checked }),
      }),
      label,
    )
  return el(
    'div',
    { id: 'webhook-faults' },
    el('h3', {}, 'Khi Zalo báo sự kiện cho dịch vụ'),
    check('duplicate', 'Gửi mỗi sự kiện hai lần'),
    check('reorder', 'Đảo thứ tự'),
    check('wrongKey', 'Ký bằng khóa sai'),
    check('lost', 'Làm mất sự kiện'),
    el(
      'div',
      { class: 'columns' },
      ...numberSetting('webhook-faults', 'delaySeconds', 'Chậm mấy giây', 0, 3600),
      ...numberSetting('webhook-faults', 'everyNth', 'Cứ mấy sự kiện thì một', 1, 1000),
    ),
    el(
      'div',
      { class: 'button-grid' },
      button('Gửi ngay sự kiện đang chờ', () => post('webhook/deliver-now')),
      button('Gửi lặp 3 sự kiện cuối', () => post('webhook/repeat')),
      button('Gửi {} như khi lưu webhook', () => post('webhook/probe')),
      button('Nối lại webhook', () => post('webhook/resubscribe')),
    ),
  )
}

/** The providers beside Zalo's chat. */
function providersForm() {
  const choice = (label, name, words) =>
    el(
      'label',
      {},
      label,
      el(
        'select',
        { name, onchange: (event) => post('account', { [name]: event.target.value }) },
        Object.entries(words).map(([value, word]) => option(value, word)),
      ),
    )
  return el(
    'div',
    { id: 'providers-form', class: 'stack' },
    el('h3', {}, 'Mẫu tin, SMS, thư điện tử'),
    ...numberSetting('account', 'templateQuota', 'Số mẫu tin được gửi mỗi ngày', 0, 1000000),
    el(
      'label',
      { class: 'check' },
      el('input', {
        type: 'checkbox',
        name: 'templateBalanceEmpty',
        onchange: (event) => post('account', { templateBalanceEmpty: event.target.checked }),
      }),
      'Tài khoản gửi mẫu tin hết tiền (-115)',
    ),
    choice('Nhà cung cấp SMS', 'smsFault', SMS_FAULT_NAMES),
    choice('Máy chủ thư', 'mailFault', MAIL_FAULT_NAMES),
  )
}

function numberSetting(path, name, label, min, max) {
  return [
    el(
      'label',
      { class: 'field' },
      label,
      el('input', {
        type: 'number',
        name,
        min,
        max,
        onchange: (event) => event.target.reportValidity() && post(path, { [name]: Number(event.target.value) }),
      }),
    ),
  ]
}

function accountForm() {
  const check = (name, label) =>
    el(
      'label',
      { class: 'check' },
      el('input', { type: 'checkbox', name, onchange: (event) => post('account', { [name]: event.target.checked }) }),
      label,
    )
  return el(
    'div',
    { id: 'account-form', class: 'stack' },
    el(
      'label',
      {},
      'Loại tài khoản',
      el(
        'select',
        { name: 'type', onchange: (event) => post('account', { type: Number(event.target.value) }) },
        option('4', 'Cơ quan nhà nước (chỉ nhận API v2)'),
        option('2', 'Doanh nghiệp (chỉ nhận API v3)'),
      ),
    ),
    ...numberSetting('account', 'ratePerMinute', 'Số lời gọi tối đa mỗi phút', 1, 100000),
    check('buttonsRefused', 'Không nhận nút bấm (-233)'),
    check('proofRequired', 'Đòi appsecret_proof'),
    check('retryUnansweredOnly', 'Chỉ gửi lại sự kiện khi không mở được kết nối'),
    el('h3', {}, 'Quyền của ứng dụng'),
    el(
      'div',
      { class: 'button-grid' },
      button('Làm access token hết hiệu lực', () =>
        post('grant/kill-access-token').then((done) => done && toast('Access token cũ không còn dùng được.')),
      ),
      button(
        'Thu hồi quyền',
        () => post('grant/revoke').then((done) => done && toast('Đã thu hồi quyền của ứng dụng.')),
        'secondary danger',
      ),
      button('Cấp refresh token mới', issueToken),
    ),
    el('p', { class: 'token', id: 'issued-token', hidden: true }),
  )
}

async function issueToken() {
  const issued = await post('grant/issue')
  if (issued === undefined) return
  byId('issued-token').hidden = false
  byId('issued-token').textContent = issued.refreshToken
}

/** Shows the switches as the server has them. */
export function drawSettings() {
  const { settings, account } = store
  if (settings === undefined) return
  setFields(byId('webhook-faults'), settings.webhookFaults)
  setFields(byId('account-form'), { ...settings, type: account.type })
  setFields(byId('providers-form'), settings)
  const faults = settings.callFaults
  byId('fault-list').replaceChildren(
    ...(faults.length === 0 ? [el('p', {}, 'Không có sự cố nào.')] : []),
    ...faults.map((fault) =>
      el(
        'li',
        {},
        el('span', {}, describe(fault)),
        button('Tắt', () => post('faults/remove', { id: fault.id })),
      ),
    ),
  )
  const hooks = settings.webhookFaults
  const troubles = [settings.smsFault !== 'none', settings.mailFault !== 'none', settings.templateBalanceEmpty]
  const count =
    faults.length +
    ['duplicate', 'reorder', 'lost', 'wrongKey'].filter((name) => hooks[name]).length +
    troubles.filter(Boolean).length
  byId('fault-count').hidden = count === 0
  byId('fault-count').textContent = String(count)
}

function setFields(container, values) {
  for (const field of container.querySelectorAll('[name]')) {
    if (field === document.activeElement && field.type === 'number') continue
    const value = values[field.name]
    if (field.type === 'checkbox') field.checked = value === true
    else if (value !== undefined) field.value = String(value)
  }
}

function describe(fault) {
  const extra = [
    fault.kind === 'slow' ? `${fault.delaySeconds} giây` : undefined,
    fault.kind === 'code' ? String(fault.code) : undefined,
    fault.citizenId === undefined ? 'mọi người' : (store.citizens.get(fault.citizenId)?.name ?? 'một người'),
    fault.everyNth === 1 ? undefined : `cứ ${fault.everyNth} lần một`,
    fault.strikesLeft === undefined ? undefined : `còn ${fault.strikesLeft} lượt`,
  ]
  return `${FAULT_NAMES[fault.kind]} · ${extra.filter(Boolean).join(', ')}`
}
