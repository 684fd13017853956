import { assertEquals } from "@std/assert";
import { formatAddress, isLoopback } from "../../transport/address.ts";

Deno.test("formatAddress() puts an IPv6 address in brackets", () => {
  assertEquals(formatAddress({ host: "kv.example", port: 80 }), "kv.example:80");
  assertEquals(formatAddress({ host: "127.0.0.1", port: 7200 }), "127.0.0.1:7200");
  assertEquals(formatAddress({ host: "::1", port: 7200 }), "[::1]:7200");
});

Deno.test("isLoopback() is true for this machine alone", () => {
  for (const name of ["localhost", "127.0.0.1", "127.255.0.3", "::1", "[::1]", "LocalHost"]) {
    assertEquals(isLoopback(name), true, name);
  }
  for (const name of ["0.0.0.0", "::", "10.0.0.1", "127.example.com", "1127.0.0.1", ""]) {
    assertEquals(isLoopback(name), false, name);
  }
});
