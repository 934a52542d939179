// Run by ./make: node pictures.mjs FOLDER GALLERY CARD
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [folder, gallery, message] = process.argv.slice(2);
const LIMIT = 150_000;

// Which message of the gallery is in which picture, how wide, and at how many pixels a point: a tall one must stay below the limit.
const MESSAGES = [
  ['in-alarm-slack', 'slack-alarm', 640, 1.5],
  ['in-alarm-sms', 'phone-text', 420, 1.5],
  ['storm-slack', 'storm-digest', 640, 1.2],
];

// Microsoft Teams' colors for the styles that ddalert uses.
const TEAMS = {
  light: { page: '#f5f5f5', card: '#ffffff', line: '#e0e0e0', ink: '#242424', subtle: '#616161', attention: '#fbd5d5', warning: '#fbe3b6', good: '#d7f2d9', emphasis: '#f0f0f0', accent: '#dbe6fb' },
  dark: { page: '#1f1f1f', card: '#292929', line: '#3d3d3d', ink: '#ffffff', subtle: '#adadad', attention: '#5b1d24', warning: '#54390b', good: '#16401e', emphasis: '#3d3d3d', accent: '#1c3566' },
};

const isRoot = process.getuid?.() === 0;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--disable-background-networking', '--disable-component-update', '--disable-sync', ...(isRoot ? ['--no-sandbox'] : [])],
});

const save = async (element, name, scheme) => {
  const file = path.join(folder, `${name}-${scheme}.png`);
  await element.screenshot({ path: file });
  const size = fs.statSync(file).size;
  if (size >= LIMIT) {
    throw new Error(`${file} has ${size} bytes, more than ${LIMIT}`);
  }
};

for (const scheme of ['light', 'dark']) {
  for (const [id, name, width, scale] of MESSAGES) {
    const page = await browser.newPage({ colorScheme: scheme, deviceScaleFactor: scale, viewport: { width: width + 48, height: 900 } });
    await page.goto(pathToFileURL(path.resolve(gallery)).href);
    await save(page.locator(`[id="${id}"]`), name, scheme);
    await page.close();
  }
  await teams(scheme);
}
await browser.close();

async function teams(scheme) {
  const colors = TEAMS[scheme];
  const { content } = JSON.parse(fs.readFileSync(message, 'utf8')).attachments[0];
  const foreground = { default: { default: colors.ink, subtle: colors.subtle } };
  const style = (backgroundColor) => ({ backgroundColor, foregroundColors: foreground });
  const host = {
    fontFamily: '"Segoe UI", "Liberation Sans", Arial, sans-serif',
    fontSizes: { small: 12, default: 14, medium: 16, large: 18, extraLarge: 24 },
    spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 24, padding: 12 },
    actions: { maxActions: 6, buttonSpacing: 8, actionsOrientation: 'horizontal', actionAlignment: 'left' },
    containerStyles: Object.fromEntries(
      ['default', 'emphasis', 'attention', 'warning', 'good', 'accent'].map((name) => [name, style(name === 'default' ? colors.card : colors[name])]),
    ),
  };
  const renderer = path.join(path.dirname(fileURLToPath(import.meta.url)), 'node_modules/adaptivecards/dist/adaptivecards.min.js');
  const page = await browser.newPage({ deviceScaleFactor: 1.5, viewport: { width: 640, height: 900 } });
  await page.setContent(`<style>
    body { margin: 0; background: ${colors.page}; }
    #card { box-sizing: border-box; width: 600px; margin: 12px; border: 1px solid ${colors.line}; border-radius: 6px; overflow: hidden; }
    .ac-pushButton { padding: 5px 12px; border: 1px solid ${colors.line}; border-radius: 4px; background: ${colors.card}; color: ${colors.ink}; font: 600 14px "Segoe UI", "Liberation Sans", Arial, sans-serif; }
    </style><div id="card"></div>`);
  await page.addScriptTag({ path: renderer });
  await page.evaluate(([card, config]) => {
    const shown = new globalThis.AdaptiveCards.AdaptiveCard();
    shown.hostConfig = new globalThis.AdaptiveCards.HostConfig(config);
    shown.parse(card);
    document.querySelector('#card').append(shown.render());
  }, [content, host]);
  await save(page.locator('#card'), 'teams-audit', scheme);
  await page.close();
}
