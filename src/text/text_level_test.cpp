#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "text/kind.hpp"
#include "text/line.hpp"

namespace taffrail::text {
namespace {

struct Row {
  Level level;
  std::string_view line;
};

void expect_levels(const std::vector<Row>& table) {
  for (const Row& row : table) {
    LineClassifier classifier;
    EXPECT_EQ(to_string(classifier.classify(row.line, Time{}, StdStream::out).level), to_string(row.level)) << row.line;
  }
}

using enum Level;

TEST(TextLevel, BareAndBracketedLevelsBeginALine) {
  expect_levels({
      {info, "INFO"},
      {info, "INFO listening on :8080"},
      {error, "ERROR: no route to the harbour"},
      {warn, "WARNING the tide is out"},
      {info, "info: hull inspected"},
      {error, "Error: mast broken"},
      {fatal, "fatal: not a ship"},
      {warn, "warn  - fast refresh is off"},
      {debug, "[debug] rope length 12"},
      {info, "[ info] [engine] started"},
      {warn, "[WARN]   (1) : backend has no server"},
      {error, "[ERR] anchor lost"},
      {error, "  ERROR indented on its own"},
      {info, "INFO    : cabin ready"},
      {info, "Info|Quartermaster|Stores counted"},
      {debug, "DEBUG\tknots=4"},
      {fatal, "panic: runtime error: index out of range [3] with length 3"},
      {fatal, "fatal error: all goroutines are asleep - deadlock!"},
      {fatal, "thread 'main' panicked at src/keel.rs:12:5:"},
      {error, "Exception in thread \"main\" java.lang.IllegalStateException: berth taken"},
      {error, "Unhandled exception. System.InvalidOperationException: berth taken"},
      {error, "* ERROR * bilge pump"},
      {error, "\xE2\x9C\x96 ERROR hull breached"},
      {error, "crew.py: error: unrecognized arguments: --sail"},
  });
}

TEST(TextLevel, TimesMayComeFirst) {
  expect_levels({
      {info, "2026-11-21T09:10:05.123Z INFO started"},
      {info, "2026-11-21T09:10:05.123456Z  INFO harbour::pilot: berth assigned ship=7"},
      {warn, "2026-11-21 09:10:05,123 WARN low water"},
      {error, "2026/11/21 09:10:05 [error] 31#31: *1 open() \"/srv/none\" failed (2: No such file)"},
      {info, "2026-11-21T09:10:05Z INF Starting provider *file.Provider"},
      {info, "9:10AM INF cast off"},
      {error, "09:10:05.123 [main] ERROR c.e.Harbour - crane stuck"},
      {info, "2026-11-21 09:10:05.123  INFO 1 --- [           main] c.e.Harbour  : Started in 2.1 seconds"},
      {info, "2026-11-21T09:10:05.123Z  INFO 1 --- [pilot] [nio-8080-exec-1] o.s.web.Servlet : ready"},
      {info, "[2026-11-21T09:10:05,123][INFO ][o.e.n.Node               ] [node-1] started"},
      {info, "[2026-11-21 09:10:05,123] INFO [Broker id=1] started (harbour.Broker)"},
      {warn, "21-Nov-2026 09:10:05.123 WARNING [main] org.example.Boot slow start"},
      {info, "2026-11-21T09:10:05.123Z\tinfo\tservice/telemetry.go:12\tserving"},
      {error, "2026/11/21 09:10:05.123\tERROR\thttp.log\thandled request"},
      {info, "2026-11-21 09:10:05.123 | INFO     | berth:assign:12 - ship moored"},
      {info, "2026-11-21 09:10:05.123 | SUCCESS  | berth:assign:12 - ship moored"},
      {warn, "2026-11-21 09:10:05.1234|WARN|Harbour.Crane|slow"},
      {error, "2026-11-21 09:10:05.123 +00:00 [ERR] lost contact"},
      {info, "[09:10:05 INF] hoisted"},
      {info, "[09:10:05] [Server thread/INFO]: Done (3.2s)!"},
      {info, "2026-11-21T09:10:05.123Z [INFO]  agent: joined"},
      {info, "2026-11-21 09:10:05.123456+00:00 [info] <0.220.0> Server startup complete"},
      {error, "2026.11.21 09:10:05.123456 [ 1 ] {} <Error> Application: disk full"},
      {warn, "[2026-11-21 09:10:05.123][1][warning][main] [source/server.cc:44] no admin address"},
      {info, "2026-11-21 09:10:05 +0000 [info]: #0 fluentd worker is now running"},
      {info, "2026-11-21 09:10:05 [info     ] moored                         ship=7"},
      {info, "2026-11-21T09:10:05.123Z pid=1 tid=abc INFO: Booting"},
      {error, "2026-11-21 09:10:05.123 worker-1 ERROR crane"},
      {info, "[Nest] 1  - 11/21/2026, 9:10:05 AM     LOG [NestFactory] Starting"},
      {error, "[Nest] 1  - 11/21/2026, 9:10:05 AM   ERROR [ExceptionsHandler] boom"},
      {info, "081109 203615 148 INFO dfs.Node: block served"},
      {warn, "26/11/21 09:10:05 WARN executor.Backend: slow"},
      {warn, "2026-11-21 09:10:05,001 - WARN  [SendWorker:1:Conn$Send@68] - leaving thread"},
      {info, "svc-api.log.1 2026-11-21 00:00:00.008 25746 INFO svc.wsgi [req-1 - -] 10.0.0.1 \"GET / HTTP/1.1\""},
      {warn, "api-1  | 2026-11-21T09:10:05Z WARN tide"},
      {info, "21-Nov-2026 09:10:05.123 general: info: zone loaded"},
  });
}

TEST(TextLevel, KnownSystemsAreReadInTheirOwnWay) {
  expect_levels({
      // syslog priorities
      {error, "<3>disk failing"},
      {fatal, "<34>1 2026-11-21T09:10:05Z host app - - - reactor"},
      {debug, "<191>Nov 21 09:10:05 host app: detail"},
      // klog and glog
      {info, "I1121 09:10:05.123456       1 main.go:15] starting"},
      {error, "E1121 09:10:05.123456       1 reflector.go:15] watch failed"},
      {warn, "W20261121 09:10:05.123456 12345 file.cc:15] careful"},
      // logcat
      {debug, "11-21 09:10:05.123  1702  2395 D WindowManager: hidden"},
      {warn, "11-21 09:10:05.123 W/Compass( 1702): drift"},
      {error, "E/Compass( 1702): lost"},
      // Python
      {info, "INFO:root:hoisted"},
      {error, "ERROR:harbour.crane:stuck"},
      {error, "2026-11-21 09:10:05,123 - harbour.crane - ERROR - stuck"},
      {warn, "2026-11-21 09:10:05,123 - root - WARNING - slow"},
      {info, "[2026-11-21 09:10:05 +0000] [1] [INFO] Booting worker with pid: 7"},
      {info, "INFO:     127.0.0.1:5000 - \"GET / HTTP/1.1\" 200 OK"},
      {info, "[2026-11-21 09:10:05,123: INFO/MainProcess] celery@host ready."},
      {info, "[2026-11-21 09:10:05,123] {dag.py:12} INFO - filled"},
      {info, "[I 2026-11-21 09:10:05.123 ServerApp] serving"},
      {warn, "[W 261121 09:10:05 web:1] 404 GET /none"},
      // web servers
      {error, "[Fri Nov 21 09:10:05.123456 2026] [core:error] [pid 7] [client 10.0.0.1] denied"},
      {info, "[Fri Nov 21 09:10:05 2026] [notice] resuming normal operations"},
      {info, "[Fri Nov 21 09:10:05.1 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: configured"},
      {info, "[21-Nov-2026 09:10:05] NOTICE: fpm is running, pid 1"},
      {warn, "[21-Nov-2026 09:10:05 UTC] PHP Warning:  Undefined variable $sail in /srv/a.php on line 3"},
      {fatal, "PHP Fatal error:  Uncaught Exception: no wind"},
      // databases
      {info, "2026-11-21 09:10:05.123 UTC [42] LOG:  database system is ready to accept connections"},
      {error, "2026-11-21 09:10:05.123 UTC [42] pilot@harbour ERROR:  duplicate key value"},
      {fatal, "2026-11-21 09:10:05 UTC [42]: [3-1] user=pilot,db=harbour FATAL:  no such role"},
      {debug, "2026-11-21 09:10:05 CET [42] DEBUG2:  checkpoint"},
      {unknown, "2026-11-21 09:10:05.123 UTC [42] DETAIL:  Key (id)=(error) exists."},
      {warn, "2026-11-21T09:10:05.123456Z 0 [Warning] [MY-010068] [Server] CA certificate is self signed."},
      {info, "2026-11-21T09:10:05.123456Z 0 [System] [MY-010931] [Server] ready for connections."},
      {info, "2026-11-21  9:10:05 0 [Note] mariadbd: ready for connections."},
      {info, "1:M 21 Nov 2026 09:10:05.123 * Ready to accept connections"},
      {warn, "1:C 21 Nov 2026 09:10:05.123 # no config file"},
      {debug, "17:S 21 Nov 2026 09:10:05.123 - client closed"},
      {debug, "17:S 21 Nov 2026 09:10:05.123 . key expired"},
      {info, "2026-11-21T09:10:05.123+0000 I  NETWORK  [listener] waiting for connections"},
      {info, "INFO  [main] 2026-11-21 09:10:05,123 Daemon.java:5 - Startup complete"},
      // Go
      {info, "INFO[0001] moored                                 ship=7"},
      {error, "ERRO[0012] crane stuck"},
      {warn, "2026/11/21 09:10:05 WARN tide low depth=2"},
      // .NET
      {info, "info: Microsoft.Hosting.Lifetime[14]"},
      {error, "fail: Harbour.Crane[0]"},
      {fatal, "crit: Harbour[1]"},
      {debug, "dbug: Harbour[1]"},
      {trace, "trce: Harbour[1]"},
      // Ruby, PHP, Erlang, JavaScript, GLib
      {error, "E, [2026-11-21T09:10:05.123456 #1] ERROR -- : stuck"},
      {info, "I, [2026-11-21T09:10:05.123456 #1]  INFO -- : fine"},
      {error, "[2026-11-21T09:10:05.123456+00:00] app.ERROR: stuck {\"ship\":7} []"},
      {info, "[2026-11-21 09:10:05] production.INFO: moored"},
      {error, "=ERROR REPORT==== 21-Nov-2026::09:10:05 ==="},
      {error, "npm ERR! code ENOENT"},
      {warn, "npm WARN deprecated rope@1.0.0"},
      {info, "[2026-11-21T09:10:05.123Z]  INFO: harbour/7 on host: moored"},
      {info, "[09:10:05.123] INFO (7): moored"},
      {warn, "(harbour:1): Gtk-WARNING **: 09:10:05.123: no theme"},
      {info, "2026/11/21 09:10:05 ...ers/setting.go:15:Load() [I] Harbour v1"},
      {info, "[INFO  tini (7)] Spawned child"},
      {info, "11/21/2026 09:10:05 INFO moored"},
      {warn, "11/21/2026, 9:10:05 AM WARN low water"},
      {error, "21.11.2026 09:10:05 ERROR mast"},
      {debug, "20261121 09:10:05.123 DEBUG rope"},
      {error, "1.795252205123e+09\tERROR\tsetup\tmast broken"},
  });
}

TEST(TextLevel, RunningTextStatesNone) {
  expect_levels({
      {unknown, ""},
      {unknown, "   "},
      {unknown, "an error occurred while docking"},
      {unknown, "Error while docking"},
      {unknown, "error connecting to the harbour"},
      {unknown, "no errors, 2 warnings"},
      {unknown, "Received ERROR from upstream"},
      {unknown, "connection closed with ERROR"},
      {unknown, "2026-11-21 09:10:05 connection failed with an error: timeout"},
      {unknown, "2026-11-21 09:10:05 Received ERROR from upstream"},
      {unknown, "2026-11-21 09:10:05 see [error] in the manual"},
      {unknown, "ERRORS: 0"},
      {unknown, "ERROR_CODE=5"},
      {unknown, "error-handler registered"},
      {unknown, "info@harbour.example wrote"},
      {unknown, "information about ships"},
      {unknown, "Fine weather today"},
      {unknown, "Note: the tide turns"},
      {unknown, "success: all moored"},
      {unknown, "<error>mast</error>"},
      {unknown, "<999>no priority"},
      {unknown, "<b>bold</b>"},
      {unknown, "\"ERROR\" is a word"},
      {unknown, "3 ERROR lines were found"},
      {unknown, "TRACE /wake HTTP/1.1"},
      {unknown, "set level=debug to see more"},
      {unknown, "https://harbour.example/?level=error"},
      {unknown, "[config] loaded"},
      {unknown, "[section] key"},
      {unknown, "[System] ready"},
      // pieces of objects, YAML and tables
      {unknown, "  error: 'no rope',"},
      {unknown, "\tinfo: { berth: 7 },"},
      {unknown, "  warn   | 7"},
      {unknown, "11/21/2026 INFO is a day"},
      {unknown, "1.2.3 ERROR is a version"},
      {unknown, "20261121 ERROR"},
      {unknown, "E 1 2 3"},
      {unknown, "I1121 is a room"},
      {unknown, "--- FAIL: TestMast (0.00s)"},
      {unknown, "FAIL"},
      // HTTP access logs
      {unknown, "127.0.0.1 - - [21/Nov/2026:09:10:05 +0000] \"GET /error HTTP/1.1\" 500 12 \"-\" \"curl/8\""},
      {unknown, "10.0.0.1 - pilot [21/Nov/2026:09:10:05 +0000] \"GET /ERROR/info HTTP/1.1\" 404 153"},
      {unknown, "[21/Nov/2026 09:10:05] \"GET /error HTTP/1.1\" 500 12"},
      // classic syslog states none, whatever its text says
      {unknown, "Nov 21 09:10:05 host sshd[245]: error: Received disconnect from 10.0.0.1"},
      {unknown, "Nov 21 09:10:05 host kernel: warning: many lost ticks"},
      {unknown, "Nov  1 09:10:05 host su(pam_unix)[17]: session opened for user pilot"},
      {unknown, "2026-11-21T09:10:05.123456+00:00 host sshd[245]: error: Received disconnect"},
  });
}

TEST(TextLevel, SyslogMessagesMayStateOneInBracketsOrCapitals) {
  expect_levels({
      {error, "Nov 21 09:10:05 host harbour[7]: [ERROR] crane"},
      {warn, "Nov 21 09:10:05 host harbour[7]: WARNING: crane"},
      {info, "Nov 21 09:10:05 INFO harbour: no host here"},
  });
}

TEST(TextLevel, EscapeSequencesHideNoLevel) {
  expect_levels({
      {info,
       "\x1b[2m2026-11-21T09:10:05.123456Z\x1b[0m \x1b[32m INFO\x1b[0m \x1b[2mharbour\x1b[0m\x1b[2m:\x1b[0m moored"},
      {info, "\x1b[90m9:10AM\x1b[0m \x1b[32mINF\x1b[0m moored \x1b[36mship=\x1b[0m7"},
      {warn, "\x1b[33mWARN\x1b[0m[0001] slow"},
      {error, "\x1b[31;1merror\x1b[0m: crane"},
      {debug, "[\x1b[38;5;12mdebug\x1b[39m] rope"},
      {error, "\x1b[36mlevel\x1b[0m=error msg=stuck ship=7"},
      {info, "\x1b]0;title\x07INFO behind a title"},
      {unknown, "\x1b[31man error in red\x1b[0m"},
  });
}

TEST(TextLevel, LogfmtStatesItInAField) {
  expect_levels({
      {info, "time=\"2026-11-21T09:10:05Z\" level=info msg=\"an error was mended\""},
      {warn, "ts=2026-11-21T09:10:05Z caller=main.go:7 level=warn msg=slow"},
      {error, "logger=berth t=2026-11-21T09:10:05Z lvl=eror msg=x level=error"},
      {error, "severity=ERROR ship=7"},
      {debug, "2026-11-21T09:10:05Z level=debug msg=rope"},
      {unknown, "ship=7 msg=\"level=error was seen\""},
      {unknown, "level=9000 msg=x"},
  });
}

TEST(TextLevel, HostileLinesAreTakenInLinearTime) {
  for (const std::string_view unit :
       {"[", "a=\"\\\" ", "a=\"", "\x1b[", "\x1b]", "(", "<", "1:", "ERROR", " ", "=", "{", "-", "\xE2"}) {
    std::string line;
    while (line.size() < 262'144) line += unit;
    LineClassifier classifier;
    const LineInfo whole = classifier.classify(line, Time{}, StdStream::out);
    // What follows far behind changes nothing: the level stands at the front, or nowhere.
    LineClassifier another;
    EXPECT_EQ(another.classify(line + "fatal", Time{}, StdStream::out), whole) << unit;
  }
}

}  // namespace
}  // namespace taffrail::text
