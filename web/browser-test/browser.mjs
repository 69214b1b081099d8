// What the tests in a browser share: how Chromium is started, what its pages ask for and complain about, and the count.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Longest wait for a page to show something, milliseconds. */
export const WAIT = 30_000;

/** How the Chromium that CHROMIUM names is started. */
export const LAUNCH = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    // A request for another host fails at once instead of leaving the machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
};

/** Waits until `probe` answers with something, and answers with that. */
export async function eventually(what, probe) {
  const deadline = Date.now() + WAIT;
  for (;;) {
    const value = await probe();
    if (value) {
      return value;
    }
    assert.ok(Date.now() < deadline, `waited ${WAIT / 1000} s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Notes from the first byte what a context's pages ask for, and has them `complain` of what goes wrong. */
export function watch(context, requests, complain) {
  context.on("request", (request) => requests.push(request.url()));
  context.on("requestfailed", (request) => {
    // A page that is loaded anew, or in another language, gives up what it was still loading.
    const reason = request.failure()?.errorText;
    if (reason !== "net::ERR_ABORTED") {
      complain(`${request.url()}: ${reason}`);
    }
  });
  context.on("response", (response) => {
    if (response.status() >= 400) {
      complain(`${response.url()}: ${response.status()}`);
    }
  });
  context.on("console", (message) => {
    if (message.type() === "error") {
      complain(`console: ${message.text()} ${message.location().url}`);
    }
  });
  context.on("weberror", (error) => complain(`uncaught: ${error.error().stack}`));
}

/** Of the addresses that were asked for, those of other hosts. */
export function foreign(requests, host) {
  const own = requests.filter((address) => !/^(data|blob):/.test(address));
  return own.filter((address) => new URL(address).host !== host);
}

/** Tests that are counted; one that fails leaves a picture of each page, which `pages` has by name, in the folder. */
export function suite(directory, pages) {
  let passed = 0;
  let failed = 0;
  return {
    async test(name, run) {
      try {
        await run();
        passed += 1;
        console.log(`ok - ${name}`);
      } catch (error) {
        failed += 1;
        console.log(`FAILED - ${name}\n${error.stack ?? error}`.replace(/\n/g, "\n    "));
        for (const [who, page] of Object.entries(pages())) {
          const file = join(directory, `failure-${failed}-${who}.png`);
          await page.screenshot({ path: file }).then(
            () => console.log(`    screenshot: ${file}`),
            (reason) => console.log(`    no screenshot: ${reason.message}`),
          );
        }
      }
    },

    /** Writes the count, which scripts/browser-test prints last. */
    async end() {
      await writeFile(join(directory, "summary"), `${passed} passed, ${failed} failed\n`);
      process.exitCode = failed ? 1 : 0;
    },
  };
}
