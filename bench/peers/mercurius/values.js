// Ids, money, states, and personal data as it is shown.
import { createDecipheriv } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
export const toUuid = (id) => {
  let number = 0n;
  for (const c of id.slice(4)) number = number * 32n + BigInt(ALPHABET.indexOf(c));
  return number.toString(16).padStart(32, "0").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
};
// Eight bits are two characters, and each twenty after them four.
export const toId = (prefix, uuid) => {
  const hex = uuid.replaceAll("-", "");
  const head = parseInt(hex.slice(0, 2), 16);
  let text = ALPHABET[head >> 5] + ALPHABET[head & 31];
  for (let i = 2; i < 32; i += 5) {
    const bits = parseInt(hex.slice(i, i + 5), 16);
    text += ALPHABET[bits >> 15] + ALPHABET[(bits >> 10) & 31] + ALPHABET[(bits >> 5) & 31] + ALPHABET[bits & 31];
  }
  return `${prefix}_${text}`;
};

export const money = (fen) => ({ amount: (fen / 100).toFixed(2), currencyCode: "CNY", minorUnits: fen });

// The one state of a car to show.
export const vehicleStatus = ({ physical_status: physical, commercial_status: commercial }) =>
  physical !== "IN_STOCK" || commercial === "FREE" ? physical : commercial === "RESERVED" ? "RESERVED" : "ALLOCATED";

// The development vault key of the settings' defaults.
const vaultKey = Buffer.from("6d696c65706f73742d6465762d7661756c742d6b65792d6f6e6c792d2d2d2d2d", "hex");
export const opened = (kind, hex) => {
  const sealed = Buffer.from(hex.slice(2), "hex");
  const rest = sealed.subarray(2 + sealed[1]);
  const decipher = createDecipheriv("aes-256-gcm", vaultKey, rest.subarray(0, 12));
  decipher.setAAD(Buffer.from(kind));
  decipher.setAuthTag(rest.subarray(-16));
  return decipher.update(rest.subarray(12, -16), undefined, "utf8") + decipher.final("utf8");
};

const LONG_SURNAMES = new Set(
  ("欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 " +
    "公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 令狐 百里 呼延 东郭 南门").split(" "),
);
const masks = {
  phone: (clear) => {
    const national = clear.replace(/^\+86/, "");
    return /^\d{11}$/.test(national) ? national.replace(/^(\d{3})\d{4}/, "$1****") : "****";
  },
  name: (clear) => {
    const [a = "", b = "", c] = clear;
    return (c && LONG_SURNAMES.has(a + b) ? a + b : b && a) + "**";
  },
};
// Sealed personal data as the caller sees it, masked unless it is theirs or they have `pii:read`.
export const personal = (kind, sealed, clear) => {
  if (!sealed) return null;
  const text = opened(kind, sealed);
  return clear ? text : masks[kind](text);
};
