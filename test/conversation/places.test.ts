import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadUnits } from '../../src/conversation/load-units.ts'
import { type AddressReading, createPlaces, formatAddress, type Places } from '../../src/conversation/places.ts'
import { createUnits, type Model, type Unit, type Units } from '../../src/conversation/units.ts'

let units: Units
let places: Record<Model, Places>

beforeAll(async () => {
  units = createUnits(await loadUnits('data'))
  places = { '2022': createPlaces(units, { model: '2022' }), '2025': createPlaces(units, { model: '2025' }) }
})

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D')

const communesOf = (model: Model) => units.ofModel(model).filter((unit) => unit.level === 'commune')

/** Codes of everything a reading offers. */
function offered(reading: AddressReading): string[] {
  if (reading.kind === 'ok' || reading.kind === 'confirm') return [reading.address.communeCode]
  return reading.kind === 'choose' ? reading.candidates.map(({ address }) => address.communeCode) : []
}

function readOne(text: string, model: Model = '2025') {
  const reading = places[model].readAddress(text)
  if (reading.kind !== 'ok' && reading.kind !== 'confirm') throw new Error(`${text} is ${reading.kind}`)
  return { ...reading, written: formatAddress(reading.address) }
}

function namesOf(text: string, model: Model = '2025'): string[] {
  const reading = places[model].readAddress(text)
  return reading.kind === 'choose' ? reading.candidates.map(({ name }) => name) : []
}

describe('every commune', () => {
  test.each(['2022', '2025'] as const)('of %s is found by its name in any spelling', (model) => {
    const lost: string[] = []
    for (const unit of communesOf(model)) {
      const area = unit.areaName ?? ''
      const spellings = [
        area,
        area.toLowerCase(),
        plain(area),
        plain(area).toLowerCase(),
        area.toUpperCase(),
        unit.shortName,
      ]
      for (const name of [
        ...spellings,
        `thôn 2, ${area}`,
        `thon 2 ${plain(area).toLowerCase()}`,
        area.normalize('NFD'),
      ]) {
        if (!offered(places[model].readAddress(name)).includes(unit.gsoCode ?? '')) lost.push(`${unit.code} ${name}`)
      }
    }
    // A single short syllable behind other words is no place name; with its level word it is.
    expect(lost).toEqual([])
  })

  test('of 2022 leads to the commune that took over', () => {
    const lost: string[] = []
    for (const unit of communesOf('2022')) {
      const district = units.byCode(unit.parent ?? '')?.areaName ?? ''
      const successor = units.byCode(unit.succeededBy[0] ?? '')
      for (const text of [
        unit.areaName ?? '',
        `${unit.areaName}, ${district}`,
        `${unit.areaName}, ${district}, tỉnh Kon Tum`,
      ]) {
        if (!offered(places['2025'].readAddress(text)).includes(successor?.gsoCode ?? ''))
          lost.push(`${unit.code} ${text}`)
      }
    }
    expect(lost).toEqual([])
  })

  test('of 2022 with its district leads to exactly one', () => {
    const unsure = communesOf('2022').filter((unit) => {
      const district = units.byCode(unit.parent ?? '')?.areaName ?? ''
      return offered(places['2025'].readAddress(`${unit.areaName}, ${district}`)).length !== 1
    })
    expect(unsure.map((unit) => unit.areaName)).toEqual([])
  })

  test('is still among the candidates after one slip of the finger', () => {
    const letter = fc.constantFrom(...'abcdeghiklmnopqrstuvxy')
    const commune = fc.constantFrom(
      ...communesOf('2025').filter((unit) => plain(unit.shortName).replace(/\W/g, '').length >= 6),
    )
    fc.assert(
      fc.property(
        commune,
        fc.nat(),
        letter,
        fc.constantFrom('swap', 'drop', 'add', 'change'),
        (unit, where, char, edit) => {
          const name = plain(unit.shortName).toLowerCase()
          const at = where % name.length
          fc.pre(name[at] !== ' ' && name[at + 1] !== ' ' && name[at] !== "'")
          const level = plain(unit.areaName ?? '')
            .toLowerCase()
            .replace(name, '')
          const slipped = mistype(name, { at, char, edit })
          const typed = level + slipped
          const reading = places['2025'].readAddress(typed)
          // The slip may write the name of another place, former or foreign; then that one is offered.
          fc.pre(!isAnotherName(slipped, unit))
          expect(offered(reading), typed).toContain(unit.gsoCode)
        },
      ),
      { numRuns: 300 },
    )
  })
})

function mistype(name: string, slip: { at: number; char: string; edit: string }): string {
  const { at, char, edit } = slip
  const [before, here, next, after] = [name.slice(0, at), name[at] ?? '', name[at + 1] ?? '', name.slice(at + 2)]
  if (edit === 'swap') return before + next + here + after
  if (edit === 'drop') return before + next + after
  return edit === 'add' ? before + char + here + next + after : before + char + next + after
}

function isAnotherName(typed: string, unit: Unit): boolean {
  const key = (name: string) => plain(name).toLowerCase().replace(/k/g, 'c').replace(/y/g, 'i').replace(/\W/g, '')
  const said = key(typed)
  const others = [...communesOf('2025'), ...communesOf('2022')]
    .filter((other) => other !== unit)
    .flatMap((other) => [
      other.shortName,
      ...other.aliases,
      ...other.mergedFrom.map((area) => area.name.replace(/^(Xã|Phường|Thị trấn) /, '')),
    ])
  return others.some((name) => key(name) === said)
}

describe('old names', () => {
  test('a town that became a commune is converted and confirmed', () => {
    const reading = readOne('thon 2 thi tran sa thay')
    expect(reading.kind).toBe('confirm')
    expect(reading.written).toBe('Thôn 2, xã Sa Thầy, tỉnh Quảng Ngãi')
    expect(reading.converted).toEqual({ fromName: 'Thị trấn Sa Thầy', toName: 'xã Sa Thầy' })
    expect(reading.address).toMatchObject({
      model: '2025',
      provinceCode: '51',
      districtCode: null,
      communeCode: '23527',
      text: 'thon 2 thi tran sa thay',
    })
  })

  test('a current name needs no conversion', () => {
    expect(readOne('thôn 2, xã Sa Thầy, tỉnh Quảng Ngãi').kind).toBe('ok')
    expect(readOne('xã Ngọc Linh, huyện Đắk Glei, Kon Tum').converted).toBeUndefined()
  })

  test('a former district offers its communes, the one of the same name first', () => {
    expect(namesOf('huyện Sa Thầy')[0]).toBe('xã Sa Thầy')
    expect(namesOf('Tu Mơ Rông')).toEqual(['xã Tu Mơ Rông', 'xã Đăk Sao', 'xã Đăk Tờ Kan', 'xã Măng Ri'])
    expect(namesOf("Ia H'Drai")).toEqual(['xã Ia Đal', 'xã Ia Tơi'])
    expect(readOne('huyện Lý Sơn').written).toBe('đặc khu Lý Sơn, tỉnh Quảng Ngãi')
  })

  test('a commune that was divided is asked', () => {
    expect(namesOf('xã Trà Bùi').sort()).toEqual(['xã Cà Đam', 'xã Tây Trà Bồng'])
  })

  test('the district told later decides between namesakes, and the conversion says which', () => {
    const reading = readOne('xã Đắk Long, huyện Đắk Hà')
    expect(reading.written).toBe('xã Đăk Pxi, tỉnh Quảng Ngãi')
    expect(reading.converted?.fromName).toBe('Xã Đăk Long (huyện Đăk Hà)')
    expect(readOne('xã Đắk Long huyện Đắk Glei').written).toBe('xã Đăk Long, tỉnh Quảng Ngãi')
  })
})

describe('namesakes', () => {
  test.each([
    ['xã Đăk Long', ['xã Đăk Long', 'xã Đăk Pxi']],
    ['xã Đăk Hà', ['xã Đăk Hà', 'xã Tu Mơ Rông']],
    ['dak bla', ['phường Đăk Bla', 'xã Đăk Rơ Wa']],
    ['xa son ha', ['xã Sơn Hà', 'xã Sơn Hạ']],
    ['xa ba to', ['xã Ba Tơ', 'xã Ba Tô']],
  ])('%s is asked', (text, names) => {
    expect(namesOf(text)).toEqual(names)
  })

  test('marks decide where they are typed', () => {
    expect(readOne('xã Sơn Hạ').address.communeCode).toBe('21292')
    expect(readOne('xã Sơn Hà').address.communeCode).toBe('21289')
    expect(readOne('xã Ba Tô').address.communeCode).toBe('21523')
  })

  test('Kon Tum is the ward, and what lay in the city', () => {
    expect(namesOf('Kon Tum')[0]).toBe('phường Kon Tum')
    expect(readOne('phường Kon Tum').kind).toBe('ok')
    expect(places['2025'].readAddress('tỉnh Kon Tum')).toMatchObject({ kind: 'incomplete', provinceKnown: true })
  })

  test('labels tell them apart', () => {
    const reading = places['2025'].readAddress('xã Đăk Long')
    const labels = reading.kind === 'choose' ? reading.candidates.map(({ label }) => label) : []
    expect(labels).toEqual(['Xã Đăk Long (huyện Đắk Glei cũ)', 'Xã Đăk Pxi (Đăk Pxi, Đăk Long; huyện Đăk Hà cũ)'])
  })
})

describe('spelling', () => {
  test.each([
    ["xã Ia Tơi huyện Ia H'Drai", '23538'],
    ['xa ia toi ia hdrai', '23538'],
    ['x. sa binh', '23534'],
    ['p.kon tum', '23293'],
    ['TT.Đắk Tô', '23401'],
    ['xã Ngọc Réo', '23515'],
    ['xã Đắc Hà, Đắk Hà', '23500'],
    ['xa sathay', '23527'],
    ['xa ba xa ba to', '21538'],
  ])('%s', (text, code) => {
    expect(offered(places['2025'].readAddress(text))).toContain(code)
  })
})

describe('the rest of the address', () => {
  test.each([
    ['45/2 Phan Đình Phùng, P. Quang Trung, TP. Kon Tum, Kon Tum', '45/2 Phan Đình Phùng'],
    ['12 Trần Hưng Đạo, phường Kon Tum', '12 Trần Hưng Đạo'],
    ['số nhà 15A đường Hùng Vương phường Kon Tum', 'Số nhà 15A đường Hùng Vương'],
    ['dạ em ở thôn 3, xã Sa Bình ạ', 'Thôn 3'],
    ['làng Kroong, xã Ngọk Bay', 'Làng Kroong'],
    ['thôn Hòa Bình, xã Sa Loong', 'Thôn Hòa Bình'],
    ['xã Măng Ri', ''],
    [`${'x'.repeat(300)}, xã Măng Ri`, 'X'.padEnd(200, 'x')],
  ])('%s keeps %s', (text, detail) => {
    expect(readOne(text).address.detail).toBe(detail)
  })

  test('what is typed stays as it was typed', () => {
    const text = '  THÔN  2,\txa SA thay '
    expect(readOne(text).address.text).toBe(text)
  })
})

describe('what is missing or elsewhere', () => {
  test('a village without its commune is incomplete', () => {
    expect(places['2025'].readAddress('thôn 2')).toEqual({
      kind: 'incomplete',
      missing: 'commune',
      provinceKnown: false,
      districtName: null,
      detail: 'Thôn 2',
    })
  })

  test.each([
    ['Pleiku, Gia Lai', 'Gia Lai', null],
    ['thôn 3 xã Bình An, tỉnh Bình Định', 'Gia Lai', 'Bình Định'],
    ['Quận 1 TPHCM', 'Thành phố Hồ Chí Minh', null],
    ['huyện Cư Jút, Đắk Nông', 'Lâm Đồng', 'Đắk Nông'],
    ['phuong Hai Chau da nang', 'Đà Nẵng', null],
    ['tỉnh Hòa Bình', 'Phú Thọ', 'Hòa Bình'],
  ])('%s is in another province', (text, provinceName, formerName) => {
    expect(places['2025'].readAddress(text)).toMatchObject({ kind: 'outside', provinceName, formerName, text })
  })

  test('every other province is known by its name, and the 63 by theirs', () => {
    const names = units.provinces.flatMap(({ name, formerProvinces }) => [
      name,
      ...formerProvinces.map((old) => old.name),
    ])
    const away = [...new Set(names)].filter((name) => name !== 'Quảng Ngãi' && name !== 'Kon Tum')
    expect(units.provinces).toHaveLength(34)
    expect(units.provinces.flatMap(({ formerProvinces }) => formerProvinces)).toHaveLength(63)
    for (const name of away) {
      expect(places['2025'].readAddress(`tỉnh ${plain(name)}`), name).toMatchObject({ kind: 'outside' })
    }
  })

  test('a commune of ours that bears the name of a province stays ours', () => {
    expect(readOne('xã Hòa Bình, Kon Tum').address.communeCode).toBe('23332')
    expect(readOne('xã Đăk Nông').address.communeCode).toBe('23383')
  })

  test('where one comes from is not where one lives', () => {
    expect(readOne('quê Thanh Hóa, nay ở xã Sa Thầy').written).toBe('xã Sa Thầy, tỉnh Quảng Ngãi')
  })

  test.each(['California, Mỹ', 'Attapeu, Lào', 'tôi đang ở Hàn Quốc'])('%s is abroad', (text) => {
    expect(places['2025'].readAddress(text)).toMatchObject({ kind: 'foreign', text })
  })

  test('a contradiction is confirmed, not believed', () => {
    expect(readOne('xã Sa Thầy, huyện Đắk Hà').kind).toBe('confirm')
    expect(readOne('phường Sa Thầy').kind).toBe('confirm')
  })
})

describe('the model of 2022', () => {
  test('has districts', () => {
    const { address, written, kind } = readOne('phường Quang Trung, tp Kon Tum', '2022')
    expect({ kind, written }).toEqual({ kind: 'ok', written: 'phường Quang Trung, thành phố Kon Tum, tỉnh Kon Tum' })
    expect(address).toMatchObject({ model: '2022', provinceCode: '62', districtCode: '608', communeCode: '23281' })
  })

  test('asks between namesakes and for the commune of a large district', () => {
    expect(namesOf('thôn 2 xã Đắk Long', '2022')).toHaveLength(2)
    expect(places['2022'].readAddress('huyện Đắk Hà')).toMatchObject({
      kind: 'incomplete',
      districtName: 'huyện Đắk Hà',
    })
  })

  test('Quảng Ngãi was another province', () => {
    expect(places['2022'].readAddress('xã Ba Tơ, Quảng Ngãi')).toMatchObject({
      kind: 'outside',
      provinceName: 'Quảng Ngãi',
    })
  })
})

describe('anything typed', () => {
  test('is read without an exception, in bounds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 600 }),
        fc.constantFrom('2022', '2025'),
        (text, model: Model) => {
          const reading = places[model].readAddress(text)
          if (reading.kind === 'choose') expect(reading.candidates.length).toBeLessThanOrEqual(8)
          if ('detail' in reading) expect([...reading.detail].length).toBeLessThanOrEqual(200)
        },
      ),
    )
    for (const odd of ['', ' ', '\ud800xã Sa Thầy', '\u202exã Sa Thầy', ',,,', "'''", 'xã', 'xã xã xã']) {
      expect(() => places['2025'].readAddress(odd)).not.toThrow()
    }
  })

  test('of 9,000 characters is read by its first 400', () => {
    const long = 'xa ba dong son ha '.repeat(500)
    const { kind } = places['2025'].readAddress(long)
    expect(places['2025'].readAddress(long.slice(0, 400)).kind).toBe(kind)
  })
})
