import { assertEquals } from "@std/assert";
import { HostCheck } from "../../transport/http/host_check.ts";

Deno.test("HostCheck.accepts() takes loopback names, the bound one and configured ones", () => {
  const check = new HostCheck("192.168.1.5", ["kv.example.com", "[2001:DB8::1]"]);
  for (
    const authority of [
      ...["localhost", "localhost:7100", "LOCALHOST:80", "127.0.0.1:7100", "127.8.9.1"],
      ...["[::1]", "[::1]:7100", "192.168.1.5:7100", "192.168.1.5", "kv.example.com"],
      ...["KV.Example.com:443", "[2001:db8::1]:80", "localhost:"],
    ]
  ) assertEquals([check.accepts(authority), check.accepts(authority)], [true, true], authority);
});

Deno.test("HostCheck.accepts() refuses every other name, also after one that it took", () => {
  const check = new HostCheck("127.0.0.1", ["kv.example.com"]);
  check.accepts("localhost:7100");
  for (
    const authority of [
      ...["evil.example", "evil.example:7100", "localhost.evil.example", "evil.localhost"],
      ...["kv.example.com.evil.example", "127.0.0.1.evil.example", "user@localhost", "localhost:x"],
      ...["192.168.1.5", "0.0.0.0", "[::2]", "[::1", "", ":7100", "localhost:7100:7100", "a b"],
      ...["127.0.0.1?", "localhost#", "127.0.0.256.1", "localhost:7100\\"],
    ]
  ) assertEquals(check.accepts(authority), false, authority);
});

Deno.test("HostCheck.accepts() of a wildcard takes literal addresses, and no name besides", () => {
  for (const wildcard of ["0.0.0.0", "::"]) {
    const check = new HostCheck(wildcard, []);
    for (const authority of ["10.1.2.3:7100", "[fe80::1]:7100", "localhost"]) {
      assertEquals(check.accepts(authority), true, authority);
    }
    for (const authority of ["evil.example", "10.1.2.3.evil.example", "abc:7100", "[evil]"]) {
      assertEquals(check.accepts(authority), false, authority);
    }
  }
});
