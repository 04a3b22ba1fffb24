import type { Citizen } from '../model.ts'
import { chatOf, DAY_MS, findCitizen, HOUR_MS, type World } from '../world.ts'
import { chatLine } from './messages.ts'
import { countAt, isObject, type Json, optionalText, textAt } from './read.ts'
import { invalid, Refusal } from './refusal.ts'

/** Users, tags, conversations, profile and quotas of the account (zalo §4.5, §6). */
export function createAccountCalls(world: World) {
  const { state, clock } = world
  const { oaId } = state.credentials

  const citizenOf = (data: Json): Citizen => {
    const citizen = findCitizen(state, textAt(data, 'user_id'))
    if (citizen === undefined) throw invalid('user_id')
    return citizen
  }

  function detail(data: Json): Json {
    const citizen = citizenOf(data)
    if (citizen.lastInteractionAt === undefined && !citizen.isFollower) {
      throw new Refusal(-213, 'User has not followed the OA')
    }
    const info = citizen.sharedInfo
    return {
      user_id: citizen.id,
      user_id_by_app: citizen.userIdByApp,
      user_external_id: '',
      display_name: citizen.name,
      user_alias: citizen.alias ?? citizen.name,
      is_sensitive: false,
      user_last_interaction_date: citizen.lastInteractionAt === undefined ? '' : dayOf(citizen.lastInteractionAt),
      user_is_follower: citizen.isFollower,
      avatar: '',
      avatars: { '120': '', '240': '' },
      dynamic_param: '',
      tags_and_notes_info: { notes: [], tag_names: citizen.tags },
      shared_info:
        info === undefined
          ? { address: '', city: '', district: '', phone: 0, name: '' }
          : {
              address: info.address,
              city: info.city,
              district: info.ward,
              phone: info.phone.replace(/^0/, '84'),
              name: info.name,
            },
    }
  }

  function list(data: Json): Json {
    const offset = countAt(data, 'offset', 0)
    const count = countAt(data, 'count', 50)
    if (offset > 9951) throw new Refusal(-210, 'offset is over the maximum allowed value')
    if (count > 50) throw new Refusal(-210, 'count is over the maximum allowed value')
    const tag = optionalText(data, 'tag_name')
    const follower = optionalText(data, 'is_follower')
    const since = periodStart(optionalText(data, 'last_interaction_period'), clock.now())
    const found = Object.values(state.citizens).filter(
      (citizen) =>
        (citizen.isFollower || citizen.lastInteractionAt !== undefined) &&
        (tag === undefined || citizen.tags.includes(tag)) &&
        (follower === undefined || String(citizen.isFollower) === follower) &&
        (since === undefined || (citizen.lastInteractionAt ?? 0) >= since),
    )
    const users = found.slice(offset, offset + count).map((citizen) => ({ user_id: citizen.id }))
    return { total: found.length, count: users.length, offset, users }
  }

  function followers(data: Json): Json {
    const offset = countAt(data, 'offset', 0)
    const count = Math.min(countAt(data, 'count', 50), 50)
    const found = Object.values(state.citizens).filter((citizen) => citizen.isFollower)
    return { total: found.length, followers: found.slice(offset, offset + count).map(({ id }) => ({ user_id: id })) }
  }

  function update(data: Json): Json {
    const citizen = citizenOf(data)
    citizen.alias = optionalText(data, 'user_alias') ?? citizen.name
    if (isObject(data.shared_info)) {
      const { name, phone, address } = data.shared_info
      citizen.sharedInfo = {
        name: String(name ?? ''),
        phone: String(phone ?? ''),
        address: String(address ?? ''),
        ward: '',
        city: '',
      }
    }
    world.storage.changed()
    return {}
  }

  function forget(data: Json): Json {
    delete citizenOf(data).sharedInfo
    world.storage.changed()
    return {}
  }

  function tag(data: Json, add: boolean): Json {
    const citizen = citizenOf(data)
    const name = textAt(data, 'tag_name')
    citizen.tags = citizen.tags.filter((each) => each !== name)
    if (add) citizen.tags.push(name)
    world.webhook.send({
      key: citizen.id,
      citizenId: citizen.id,
      body: {
        oa_id: oaId,
        app_id: state.credentials.appId,
        user_id_by_app: citizen.userIdByApp,
        event_name: add ? 'add_user_to_tag' : 'remove_user_from_tag',
        tag: { user_ids: [citizen.id], name },
      },
    })
    world.storage.changed()
    return {}
  }

  function removeTag(data: Json): Json {
    const name = textAt(data, 'tag_name')
    for (const citizen of Object.values(state.citizens)) citizen.tags = citizen.tags.filter((each) => each !== name)
    world.storage.changed()
    return {}
  }

  function page(data: Json): { offset: number; count: number } {
    const count = countAt(data, 'count', 10)
    if (count > 10) throw new Refusal(-210, 'count is over the maximum allowed value')
    return { offset: countAt(data, 'offset', 0), count }
  }

  const lines = (citizen: Citizen) =>
    chatOf(state, citizen.id)
      .filter((message) => message.from !== 'system')
      .map((message) => ({ citizen, message }))
      .reverse()

  function conversation(data: Json): Json[] {
    const { offset, count } = page(data)
    return lines(citizenOf(data))
      .slice(offset, offset + count)
      .map(({ citizen, message }) => chatLine(world, citizen, message))
  }

  function recent(data: Json): Json[] {
    const { offset, count } = page(data)
    return Object.values(state.citizens)
      .flatMap((citizen) => lines(citizen).slice(0, 1))
      .sort((left, right) => right.message.at - left.message.at)
      .slice(offset, offset + count)
      .map(({ citizen, message }) => chatLine(world, citizen, message))
  }

  function profile(): Json {
    const { account } = state
    return {
      oaid: oaId,
      oa_id: oaId,
      name: account.name,
      description: account.description,
      oa_alias: '',
      is_verified: true,
      oa_type: account.type,
      cate_name: account.type === 4 ? 'Cơ quan nhà nước' : 'Doanh nghiệp',
      num_follower: Object.values(state.citizens).filter((citizen) => citizen.isFollower).length,
      avatar: '',
      cover: '',
      package_name: 'Toàn diện',
      package_valid_through_date: '31/12/2027',
      package_auto_renew_date: '',
      linked_ZCA: '',
    }
  }

  function quotaV3(data: Json): Json | Json[] {
    if (data.user_id !== undefined) {
      const { lastInteractionAt: last } = citizenOf(data)
      const open = last !== undefined && clock.now() - last <= 48 * HOUR_MS
      return {
        last_interaction: last === undefined ? '' : String(last),
        cs_reply: { remain: open ? 8 : 0, total: 8 },
        promotion: { daily_remain: 1, daily_total: 1, monthly_remain: 4, monthly_total: 4 },
      }
    }
    const total = 500
    return [
      {
        asset_id: 'simulator',
        product_type: optionalText(data, 'product_type') ?? 'cs',
        quota_type: optionalText(data, 'quota_type') ?? 'sub_quota',
        valid_through: dayOf(clock.now() + 30 * DAY_MS),
        total,
        remain: total,
      },
    ]
  }

  const quotaV2 = (): Json => ({ type: 'reply', remain: 8, total: 8 })
  const tags = (): string[] => [...new Set(Object.values(state.citizens).flatMap((citizen) => citizen.tags))]

  return {
    detail,
    list,
    followers,
    update,
    forget,
    tag,
    removeTag,
    tags,
    conversation,
    recent,
    profile,
    quotaV3,
    quotaV2,
  }
}

function dayOf(at: number): string {
  const [year, month, day] = new Date(at + 7 * HOUR_MS).toISOString().slice(0, 10).split('-')
  return `${day}/${month}/${year}`
}

function periodStart(period: string | undefined, now: number): number | undefined {
  const today = Math.floor((now + 7 * HOUR_MS) / DAY_MS) * DAY_MS - 7 * HOUR_MS
  switch (period) {
    case undefined:
      return undefined
    case 'TODAY':
      return today
    case 'YESTERDAY':
      return today - DAY_MS
    case 'L7D':
      return today - 7 * DAY_MS
    case 'L30D':
      return today - 30 * DAY_MS
    default: {
      const match = /^(\d{4})_(\d{2})_(\d{2}):\d{4}_\d{2}_\d{2}$/.exec(period)
      if (match === null) throw invalid('last_interaction_period')
      return Date.parse(`${match[1]}-${match[2]}-${match[3]}T00:00:00+07:00`)
    }
  }
}
