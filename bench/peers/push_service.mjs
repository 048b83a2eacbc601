// A push service for benches: real HTTP/2 and HTTP/1.1 over TLS, answers 201. Says its port; `argv[2]`: the folder with the certificate.
// To a line with a number N on its standard input it answers, once N messages have come since the last such line, with
// the moments at which they had come, in milliseconds of the monotonic clock, as JSON.
import { readFileSync } from "node:fs";
import http2 from "node:http2";
import { createInterface } from "node:readline";

const folder = process.argv[2];
const server = http2.createSecureServer({
  key: readFileSync(`${folder}/key.pem`),
  cert: readFileSync(`${folder}/cert.pem`),
  allowHTTP1: true,
  settings: { maxConcurrentStreams: 1000, initialWindowSize: 1 << 20 },
});
let taken = 0;
let times = [];
const asked = [];
const came = () => {
  times.push(Number(process.hrtime.bigint() / 1000n) / 1000);
  tell();
};
const tell = () => {
  if (asked.length === 0 || times.length < asked[0]) return;
  asked.shift();
  console.log(JSON.stringify(times));
  times = [];
};
createInterface({ input: process.stdin }).on("line", (line) => {
  asked.push(Number(line));
  tell();
});
server.on("session", (session) => session.setLocalWindowSize(16 << 20));
server.on("stream", (stream) => {
  stream.on("end", () => {
    came();
    stream.respond({ ":status": 201, location: `/m/${++taken}` }, { endStream: true });
  });
  stream.resume();
});
server.on("request", (request, response) => {
  if (request.httpVersionMajor !== 1) return;
  request.on("end", () => response.writeHead(201, { location: `/m/${++taken}` }).end());
  request.resume();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
