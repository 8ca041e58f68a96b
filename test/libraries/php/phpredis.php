<?php
// phpredis by itself: pipelines, transactions, scripts, scans and pub/sub.
require 'show.php';
need_phpredis();

$redis = new Redis();
$redis->connect('127.0.0.1', $port);
$redis->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_PHP);
$redis->setOption(Redis::OPT_PREFIX, 'app:');
attempt('set', fn () => $redis->set('a', ['n' => 1], ['nx', 'ex' => 60]));
attempt('set again', fn () => $redis->set('a', 2, ['nx', 'ex' => 60]));
attempt('get', fn () => $redis->get('a'));
attempt('several', fn () => [$redis->mSet(['b' => 1, 'c' => [2]]), $redis->mGet(['a', 'b', 'c', 'd'])]);
attempt('pipeline', fn () => $redis->pipeline()->set('p', 1)->get('p')->del('p')->exec());
attempt('transaction', fn () => $redis->multi()->set('t', 1)->get('t')->exec());
attempt('watch', function () use ($redis, $port) {
    $redis->watch('t');
    $other = new Redis();
    $other->connect('127.0.0.1', $port);
    $other->set('app:t', 'i:9;');
    return $redis->multi()->set('t', 2)->exec();
});
attempt('script', fn () => $redis->eval('return {KEYS[1], ARGV[1]}', ['k', 'v'], 1));
attempt('script by its hash', fn () => $redis->evalSha($redis->script('load', 'return 7')));
attempt('no such script', fn () => [$redis->evalSha(str_repeat('0', 40)), $redis->getLastError()]);
attempt('scan', function () use ($redis) {
    $redis->setOption(Redis::OPT_SCAN, Redis::SCAN_RETRY);
    $all = [];
    for ($cursor = null; ($some = $redis->scan($cursor, 'app:*')) !== false;) {
        array_push($all, ...$some);
    }
    sort($all);
    return $all;
});
attempt('publish', fn () => $redis->publish('news', 'nobody'));
attempt('delete', fn () => [$redis->unlink('a', 'b'), $redis->del(['c', 't'])]);
$tell = proc_open([PHP_BINARY, '-r', "\$r = new Redis(); \$r->connect('127.0.0.1', $port);
    while (!\$r->publish('app:news', 'hello')) usleep(10000);"], [2 => STDERR], $pipes);
$redis->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_NONE);
attempt('subscribe', fn () => $redis->subscribe(['news'], function ($client, $channel, $message) {
    show('heard', [$channel, $message]);
    $client->close(); // how phpredis 5.3 leaves its loop
}));
