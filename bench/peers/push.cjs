// npm's web-push: `encrypt COUNT`, or `send COUNT ORIGIN CERTIFICATE`. Says microseconds of each.
const { createECDH, randomBytes } = require("node:crypto");
const https = require("node:https");
const { readFileSync } = require("node:fs");
const webpush = require("web-push");

const [what, many, origin, pem] = process.argv.slice(2);
const count = Number(many);
const pair = createECDH("prime256v1");
const keys = { p256dh: pair.generateKeys().toString("base64url"), auth: randomBytes(16).toString("base64url") };
const message = randomBytes(1024);
const vapid = webpush.generateVAPIDKeys();
const said = (took) => console.log(JSON.stringify({ us: took / count }));

async function send() {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 100, ca: readFileSync(pem) });
  const options = { agent, TTL: 60, vapidDetails: { subject: "https://city.example", ...vapid } };
  let next = 0;
  const worker = async () => {
    while (next < count) await webpush.sendNotification({ endpoint: `${origin}/send/${next++}`, keys }, message, options);
  };
  const began = process.hrtime.bigint();
  await Promise.all(Array.from({ length: 100 }, worker));
  said(Number(process.hrtime.bigint() - began) / 1000);
  process.exit(0);
}

if (what === "send") send();
else {
  const block = 25;
  const took = Array.from({ length: count / block }, () => {
    const began = process.hrtime.bigint();
    for (let n = 0; n < block; n++) webpush.encrypt(keys.p256dh, keys.auth, message, "aes128gcm");
    return Number(process.hrtime.bigint() - began) / 1000;
  });
  said((took.sort((a, b) => a - b)[took.length >> 1] / block) * count);
}
