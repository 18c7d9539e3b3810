// Reads cases with the llhttp inside Node, strict as by default (`insecureHTTPParser: false`).
// Standard input: a line a case, `METHOD[,METHOD…] HEX`; `- HEX` are requests.
// Standard output: a line a case, `STOP MESSAGE…`; the form is told in src/pipe.rs.
// The parser is fed byte by byte, so that the end of a message is known to the byte. It is kept for a
// connection of requests, and begun anew behind each final response, as http.Server and http.request do.
'use strict';
const fs = require('fs');
const binding = process.binding('http_parser');
const { HTTPParser } = binding;
const methods = binding.allMethods || binding.methods;
const hex = (bytes) => Buffer.from(bytes).toString('hex');

function read(sent, bytes) {
  const isRequest = sent === null;
  let parser;
  const messages = [];
  let at = 0;
  let asked = 0;
  let url = '';
  let open = null;
  let switched = false;
  let offered = false;
  let goesOn = true;
  let isOver = false;
  const begin = () => {
    parser = new HTTPParser();
    parser.initialize(isRequest ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, 1 << 24, HTTPParser.kLenientNone);
    parser[HTTPParser.kOnHeaders | 0] = (_, piece) => { url += piece; };
    parser[HTTPParser.kOnHeadersComplete | 0] = (major, minor, fields, method, target, status, reason, upgrade, keepsAlive) => {
      open = { start: isRequest ? methods[method] : String(status), target: target || url, content: [] };
      url = '';
      goesOn = keepsAlive;
      if (isRequest) {
        // As http.Server does without a listener for 'upgrade': content is read, then the parser
        // stops all the same, and what else came with the request is lost.
        offered = upgrade;
        return methods[method] === 'CONNECT' ? 2 : 0;
      }
      if (status < 200 && !(status === 101 && upgrade)) return 1;
      const to = sent[asked] || 'GET';
      switched = status === 101 || (to === 'CONNECT' && status < 300);
      if (switched) return 2;
      // As http.request does: it tells the parser of 304, and leaves 204 to it.
      return to === 'HEAD' || status === 304 ? 1 : 0;
    };
    parser[HTTPParser.kOnBody | 0] = (piece) => { open.content.push(Buffer.from(piece)); };
    parser[HTTPParser.kOnMessageComplete | 0] = () => {
      messages.push([open.start, hex(Buffer.from(open.target, 'latin1')), hex(Buffer.concat(open.content)), at + 1].join(':'));
      if (!open.start.startsWith('1')) asked += 1;
      if (offered) switched = true;
      isOver = true;
    };
  };
  begin();
  let stop = 'waiting';
  for (; at < bytes.length; at += 1) {
    const result = parser.execute(bytes.subarray(at, at + 1));
    if (result instanceof Error) {
      stop = result.code === 'HPE_CLOSED_CONNECTION' ? 'closed' : `refused:${result.code}:${hex(result.reason || '')}`;
      break;
    }
    // Behind an offer to upgrade, errors are not told; the byte is not taken, though.
    if (offered && !switched && result < 1) {
      stop = 'refused:HPE_UNTOLD:';
      break;
    }
    if (switched) {
      stop = 'switched';
      // A response that switches is not the end of anything: no message, as with the core.
      if (!isRequest) messages.pop();
      break;
    }
    if (isOver && !goesOn) {
      // Node closes; what follows the parser refuses (9.3) or drops untold (6.1).
      stop = 'closed';
      break;
    }
    if (isOver && !isRequest && !open.start.startsWith('1')) begin();
    isOver = false;
  }
  if (stop === 'waiting' && !isRequest) {
    at -= 1;
    const result = parser.finish();
    if (!(result instanceof Error)) stop = 'closed';
  }
  return [stop, ...messages].join(' ');
}

const lines = fs.readFileSync(0, 'latin1').split('\n').filter(Boolean);
const out = lines.map((line) => {
  const [sent, bytes] = line.split(' ');
  return read(sent === '-' ? null : sent.split(',').map((s) => s.split('=')[0]), Buffer.from(bytes, 'hex'));
});
fs.writeSync(1, `${process.versions.llhttp} in Node ${process.versions.node}\n`);
fs.writeFileSync(1, out.join('\n') + '\n');
