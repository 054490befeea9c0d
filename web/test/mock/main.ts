import { agents, password } from "./desk";
import { Mock } from "./server";

const address = await new Mock().listen(Number(process.env["PORT"] ?? 8780));
console.log(`mock server on ${address} (build the pages first: npm run build)`);
console.log(`agents: ${agents.map((agent) => `${agent.name} (${agent.role})`).join(", ")}; password ${password}`);
