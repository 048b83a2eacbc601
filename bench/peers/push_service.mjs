// A push service for benches: real HTTP/2 and HTTP/1.1 over TLS, answers 201. Says its port; `argv[2]`: the folder with the certificate.
import { readFileSync } from "node:fs";
import http2 from "node:http2";

const folder = process.argv[2];
const server = http2.createSecureServer({
  key: readFileSync(`${folder}/key.pem`),
  cert: readFileSync(`${folder}/cert.pem`),
  allowHTTP1: true,
  settings: { maxConcurrentStreams: 1000, initialWindowSize: 1 << 20 },
});
let taken = 0;
server.on("session", (session) => session.setLocalWindowSize(16 << 20));
server.on("stream", (stream) => {
  stream.on("end", () => stream.respond({ ":status": 201, location: `/m/${++taken}` }, { endStream: true }));
  stream.resume();
});
server.on("request", (request, response) => {
  if (request.httpVersionMajor !== 1) return;
  request.on("end", () => response.writeHead(201, { location: `/m/${++taken}` }).end());
  request.resume();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
