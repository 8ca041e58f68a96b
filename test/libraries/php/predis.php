<?php
// Predis: sessions, pipelines, transactions, scripts and pub/sub.
require 'show.php';
need('Predis/autoload.php');

$client = new Predis\Client(['host' => '127.0.0.1', 'port' => $port], ['prefix' => 'app:']);
attempt('set', fn () => (string) $client->set('a', 1, 'EX', 60, 'NX'));
attempt('pipeline', fn () => array_map('strval', $client->pipeline(fn ($p) => $p->incr('a')->get('a')->del('a'))));
attempt('transaction', fn () => array_map('strval', $client->transaction(fn ($t) => $t->set('a', 1)->incr('a')->get('a'))));
attempt('checked', function () use ($client, $port) {
    $tries = 0;
    $answer = $client->transaction(['cas' => true, 'watch' => 'a', 'retry' => 3], function ($t) use (&$tries, $port) {
        $n = $t->get('a');
        if ($tries++ === 0) {
            (new Predis\Client(['port' => $port]))->set('app:a', 10);
        }
        $t->multi();
        $t->set('a', $n + 1);
    });
    return [$tries, array_map('strval', $answer)];
});
attempt('after it', fn () => $client->get('a'));
attempt('script', fn () => $client->eval('return {KEYS[1], ARGV[1]}', 1, 'k', 'v'));

class Twice extends Predis\Command\ScriptCommand
{
    public function getKeysCount()
    {
        return 1;
    }

    public function getScript()
    {
        return 'return redis.call("INCRBY", KEYS[1], ARGV[1] * 2)';
    }
}
$client->getProfile()->defineCommand('twice', 'Twice');
attempt('command by a script', fn () => [$client->twice('n', 1), $client->twice('n', 2)]);
attempt('scan', function () use ($client) {
    $keys = iterator_to_array(new Predis\Collection\Iterator\Keyspace($client, 'app:*'), false);
    sort($keys);
    return $keys;
});
attempt('pub/sub', function () use ($port) {
    $subscriber = (new Predis\Client(['port' => $port, 'read_write_timeout' => 10]))->pubSubLoop();
    $subscriber->subscribe('news');
    $subscriber->psubscribe('n?ws');
    $heard = [];
    foreach ($subscriber as $message) {
        $heard[] = [$message->kind, $message->channel, $message->payload];
        if (count($heard) === 2) {
            (new Predis\Client(['port' => $port]))->publish('news', 'hello');
        } elseif (count($heard) === 4) {
            $subscriber->stop();
        }
    }
    sort($heard);
    return $heard;
});
attempt('sessions', function () use ($port) {
    $handler = new Predis\Session\Handler(new Predis\Client(['port' => $port], ['prefix' => 'session:']), ['gc_maxlifetime' => 600]);
    return [$handler->write('id', 'data'), $handler->read('id'), $handler->destroy('id'), $handler->read('id')];
});
