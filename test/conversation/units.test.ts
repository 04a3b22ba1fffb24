import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadUnits } from '../../src/conversation/load-units.ts'
import { createUnits, type Model, type Units } from '../../src/conversation/units.ts'

let units: Units

beforeAll(async () => {
  units = createUnits(await loadUnits('data'))
})

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D')
const best = (text: string, model: Model = '2025') => units.find(text, { model })[0]?.unit.code
const mentioned = (text: string, model: Model = '2025') =>
  units.mentionedIn(text, { model }).map(({ unit }) => unit.code)

describe('the tree', () => {
  test('has one focal unit and one province in each model', () => {
    expect(units.focalUnit('2022').code).toBe('KT-VP')
    expect(units.focalUnit('2025').code).toBe('QN-VP')
    expect(units.provinceUnit('2022').gsoCode).toBe('62')
    expect(units.provinceUnit('2025').gsoCode).toBe('51')
  })

  test('holds the communes of the data files', () => {
    const count = (model: Model) => units.ofModel(model).filter(({ level }) => level === 'commune').length
    expect([count('2022'), count('2025')]).toEqual([102, 96])
    expect(units.byCode('QN-C23527')?.areaName).toBe('Xã Sa Thầy')
    expect(units.byCode('none')).toBeUndefined()
  })
})

describe('finding the receiving unit', () => {
  test.each([
    ['ubnd xa sa thay', 'QN-C23527'],
    ['xã Sa Thầy', 'QN-C23527'],
    ['ubnd xa sa thya', 'QN-C23527'],
    ['Ủy ban nhân dân xã Măng Ri', 'QN-C23446'],
    ['một cửa xã Sa Thầy', 'QN-C23527'],
    ['p. kon tum', 'QN-C23293'],
    ['so xay dung', 'QN-SXD'],
    ['Sở Xây dựng tỉnh Quảng Ngãi', 'QN-SXD'],
    ['sở xây dưng', 'QN-SXD'],
    ['sxd', 'QN-SXD'],
    ['sở tài nguyên', 'QN-SNNMT'],
    ['sở tài nguyên và môi trường', 'QN-SNNMT'],
    ['so tn&mt', 'QN-SNNMT'],
    ['sở lao động', 'QN-SNV'],
    ['sở giao thông', 'QN-SXD'],
    ['sở kế hoạch', 'QN-STC'],
    ['ban dân tộc', 'QN-SDTTG'],
    ['một cửa', 'QN-TTPVHCC'],
    ['trung tam hanh chinh cong', 'QN-TTPVHCC'],
    ['van phong tinh', 'QN-VP'],
    ['ubnd tỉnh', 'QN'],
    ['thị trấn Plei Kần', 'QN-C23377'],
    ['ubnd xã Hơ Moong', 'QN-C23534'],
    ['huyện Sa Thầy', 'QN-C23527'],
    ['gửi cho sở tư pháp ạ', 'QN-STP'],
  ])('%s', (text, code) => {
    expect(best(text)).toBe(code)
  })

  test('the model of 2022 keeps its districts and departments', () => {
    expect(best('sở lao động', '2022')).toBe('KT-SLDTBXH')
    expect(best('huyện Sa Thầy', '2022')).toBe('KT-D616')
    expect(best('thị trấn Sa Thầy', '2022')).toBe('KT-C23527')
  })

  test('every unit is found by its own name, marked or not', () => {
    const lost: string[] = []
    for (const model of ['2022', '2025'] as const) {
      for (const unit of units.ofModel(model)) {
        for (const text of [unit.name, plain(unit.name).toLowerCase(), unit.areaName ?? unit.name]) {
          const found = units.find(text, { model, limit: 5 }).map((match) => match.unit.code)
          if (!found.includes(unit.code)) lost.push(`${unit.code} ${text}`)
        }
      }
    }
    expect(lost).toEqual([])
  })

  test('a marked name ranks its unit first', () => {
    const wrong = units.ofModel('2025').filter((unit) => best(unit.name) !== unit.code)
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test.each(['công an xã', 'cong an xa sa thay', 'bảo hiểm xã hội', 'chi cục thuế', 'tòa án', 'điện lực'])(
    '%s is outside the tree',
    (text) => {
      expect(units.find(text, { model: '2025' })).toEqual([])
      expect(units.externalBody(text)).not.toBeNull()
    },
  )

  test.each(['', 'xã', 'ubnd', 'sở', 'ủy ban xã', 'abc', 'không biết'])('"%s" names no unit', (text) => {
    expect(units.find(text, { model: '2025' })).toEqual([])
  })

  test('levels and limit narrow the answer', () => {
    const matches = units.find('huyện Sa Thầy', { model: '2025', limit: 2 })
    expect(matches).toHaveLength(2)
    expect(units.find('sở xây dựng', { model: '2025', levels: ['commune'] })).toEqual([])
  })

  test('a former name says so', () => {
    expect(units.find('thị trấn Plei Kần', { model: '2025' })[0]).toMatchObject({ former: true })
    expect(units.find('xã Bờ Y', { model: '2025' })[0]).toMatchObject({ former: false, score: 1 })
  })
})

describe('units mentioned in a story', () => {
  test.each([
    ['em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả', ['QN-C23527']],
    ['em nop ho so tach thua o xa sa thay tu 12/9', ['QN-C23527']],
    ['Sở Xây dựng chậm cấp phép', ['QN-SXD']],
    ['ubnd thị trấn Plei Kần cũ', ['QN-C23377']],
    ['văn phòng đăng ký đất đai chậm trả sổ', ['QN-SNNMT']],
    ['xã Đăk Long chậm trả', ['QN-C23368', 'QN-C23504']],
  ])('%s', (text, codes) => {
    expect(mentioned(text)).toEqual(codes)
  })

  test('the desk of a commune is the commune', () => {
    expect(mentioned('bộ phận một cửa xã Ia Tơi làm chậm')[0]).toBe('QN-C23538')
  })

  test.each([
    'anh Ngọc Linh nói ba to tiếng ở đường Lê Lợi',
    'Ông Nguyễn Nghiêm đòi tiền',
    'công an xã chậm làm căn cước',
    'số nhà tôi ghi sai trong sổ',
    'trường Trần Hưng Đạo thu tiền',
    'họ hiểu sai quy định',
    'văn phòng đóng cửa',
  ])('%s names none', (text) => {
    expect(mentioned(text)).toEqual([])
  })
})

test('anything can be typed', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom('2022', '2025'),
      (text, model: Model) => {
        for (const { score } of units.find(text, { model })) {
          expect(score).toBeGreaterThan(0)
          expect(score).toBeLessThanOrEqual(1)
        }
        units.mentionedIn(text, { model })
        units.externalBody(text)
      },
    ),
  )
})
