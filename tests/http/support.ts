import { assertEquals } from "@std/assert";
import type { Hono } from "hono";
import { httpGateway, type HttpGatewayOptions } from "../../transport/http/app.ts";
import { type ProblemCode, PROBLEMS } from "../../transport/http/problems.ts";
import { FakeService } from "./fake_service.ts";

/** A gateway over a fake service, and how to talk to it. */
export interface World {
  readonly app: Hono;
  readonly service: FakeService;
  /** What the gateway took for defects. */
  readonly defects: unknown[];
  /** Sends `"GET /path"`; the path is sent as it is. */
  ask(line: string, init?: RequestInit): Promise<Response>;
}

export function world(
  options: HttpGatewayOptions = {},
  service: FakeService = new FakeService(),
): World {
  const defects: unknown[] = [];
  const onDefect = (error: unknown) => void defects.push(error);
  const app = httpGateway(service, { onDefect, ...options });
  const ask = async (line: string, init: RequestInit = {}) => {
    const [method, path] = line.split(" ", 2) as [string, string];
    return await app.fetch(new Request(`http://127.0.0.1:7100${path}`, { method, ...init }));
  };
  return { app, service, defects, ask };
}

/** Checks that a response is a well-formed problem document with the code, and returns it. */
export async function problem(
  response: Response,
  code: ProblemCode,
): Promise<Record<string, unknown>> {
  const document = await response.json();
  assertEquals(document.code, code, JSON.stringify(document));
  assertEquals(response.status, PROBLEMS[code].status);
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  assertEquals(response.headers.get("x-content-type-options"), "nosniff");
  assertEquals(document.type, `urn:troupe:problem:${code}`);
  assertEquals(document.title, PROBLEMS[code].title);
  assertEquals(document.status, response.status);
  assertEquals(typeof document.detail, "string");
  return document;
}

/** The headers of a response that have the given names, `null` for those that are not there. */
export function headersOf(response: Response, ...names: string[]): (string | null)[] {
  return names.map((name) => response.headers.get(name));
}

/** Bytes that are no UTF-8. */
export const BINARY = new Uint8Array([0, 255, 254, 10]);
