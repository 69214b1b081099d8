// The gateway that is tested, and people of its demo data.

import { execFileSync } from "node:child_process";

export const [url, folder] = process.argv.slice(2);

const token = (role) =>
  execFileSync(process.env.MILEPOST_BIN, ["token", "--role", role], { encoding: "utf8", cwd: folder }).trim();

export const customer = `Bearer ${token("customer")}`;
export const consultant = `Bearer ${token("consultant")}`;
export const operator = `Bearer ${token("operator")}`;
