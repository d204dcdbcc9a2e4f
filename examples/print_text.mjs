// Prints the text that a running ishara reads, a line for each piece: node print_text.mjs [SOCKET]
import net from "node:net";
import readline from "node:readline";

const runtime = process.env.XDG_RUNTIME_DIR ?? `/run/user/${process.getuid()}`;
const path = process.argv[2] ?? `${runtime}/ishara/ishara.sock`;

const socket = net.createConnection(path);
socket.on("error", (error) => {
  console.error(`${path}: ${error.message}: is ishara running?`);
  process.exit(2);
});
readline.createInterface({ input: socket }).on("line", (line) => {
  const event = JSON.parse(line);
  if (event.type === "final") console.log(event.text);
});
