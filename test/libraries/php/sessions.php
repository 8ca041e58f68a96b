<?php
// PHP's own sessions in Redis by phpredis, without locking and with it.
require 'show.php';
need_phpredis();

function start(string $id, array $settings = []): bool
{
    session_id($id);
    return session_start($settings + ['use_cookies' => 0, 'use_only_cookies' => 0, 'use_trans_sid' => 0, 'cache_limiter' => '']);
}

/** A request of one visitor: opens the session, changes it, closes it. */
function request(string $id, callable $do, array $settings = []): mixed
{
    if (!start($id, $settings)) {
        return 'not started';
    }
    $answer = $do();
    session_write_close();
    return $answer;
}

ini_set('session.save_handler', 'redis');
ini_set('session.save_path', "tcp://127.0.0.1:$port");
$count = fn () => $_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;

if (($argv[1] ?? '') === 'wanted') { // the second process, which wants a session that the first one holds
    ini_set('redis.session.locking_enabled', 1);
    ini_set('redis.session.lock_wait_time', 10000);
    ini_set('redis.session.lock_retries', (int) $argv[3]);
    show('the other process', request($argv[2], $count));
    exit(0);
}

$run = fn (string $id, int $retries) => [PHP_BINARY, __FILE__, 'wanted', $id, (string) $retries];
foreach ([0, 1] as $locking) {
    ini_set('redis.session.locking_enabled', $locking);
    $id = "visitor$locking";
    show('count', request($id, $count));
    show('count', request($id, $count));
    show('unchanged', request($id, fn () => $_SESSION['count'], ['lazy_write' => 1]));
    show('rotated', request($id, function () use (&$id) {
        $rotated = session_regenerate_id(true);
        $id = session_id();
        return $rotated;
    }));
    show('count', request($id, $count));
    show('only read', request($id, fn () => $_SESSION['count'], ['read_and_close' => true]));
    show('destroyed', request($id, fn () => session_destroy()));
    show('count', request($id, $count));
}

start('shared');
$_SESSION['count'] = 10;
$other = proc_open($run('shared', 5), [1 => ['pipe', 'w'], 2 => STDERR], $pipes);
echo stream_get_contents($pipes[1]);
show('it ends', proc_close($other));
$other = proc_open($run('shared', 2000), [1 => ['pipe', 'w'], 2 => STDERR], $pipes);
usleep(300000);
session_write_close();
echo stream_get_contents($pipes[1]);
show('it ends', proc_close($other));
show('count', request('shared', fn () => $_SESSION['count']));

show('in another database', request('visitor', $count, ['save_path' => "tcp://127.0.0.1:$port?database=3&prefix=app:"]));
$redis = new Redis();
$redis->connect('127.0.0.1', $port);
$redis->select(3);
show('keys', $redis->keys('*'));
