// A minimal Lambda runtime: gets an event, calls the handler, sends the response. Lambda's own does more.
const http = require("node:http");
const { handler } = require("./handler.cjs");

const agent = new http.Agent({ keepAlive: true });
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");

const call = (method, path, body) => new Promise((resolve, reject) => {
  const headers = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
  const options = { host, port, method, path: `/2018-06-01/runtime/invocation/${path}`, agent, headers };
  const request = http.request(options, (response) => {
    const chunks = [];
    response.on("data", (chunk) => chunks.push(chunk));
    response.on("end", () => resolve([response.headers, Buffer.concat(chunks).toString()]));
  });
  request.on("error", reject);
  request.end(body);
});

(async () => {
  for (;;) {
    const [headers, event] = await call("GET", "next");
    const response = await handler(JSON.parse(event));
    await call("POST", `${headers["lambda-runtime-aws-request-id"]}/response`, JSON.stringify(response));
  }
})();
