<?php
// Laravel's components: cache with locks and tags, rate limits, sessions and throttles, over phpredis and over Predis.
require 'show.php';
need_phpredis();
need('Predis/autoload.php', 'Illuminate/Redis/autoload.php', 'Illuminate/Cache/autoload.php', 'Illuminate/Session/autoload.php');

use Illuminate\Cache\RateLimiter;
use Illuminate\Cache\RedisStore;
use Illuminate\Cache\Repository;
use Illuminate\Redis\RedisManager;
use Illuminate\Session\CacheBasedSessionHandler;
use Illuminate\Session\Store;

foreach (['phpredis', 'predis'] as $name) {
    $redis = new RedisManager(null, $name, [
        'default' => ['host' => '127.0.0.1', 'port' => $port, 'database' => $name === 'predis' ? 1 : 0],
        'options' => ['prefix' => 'app:'],
    ]);
    $store = new RedisStore($redis, 'cache:');
    $cache = new Repository($store);
    attempt("$name cache", fn () => [
        $cache->put('a', ['n' => 1], 60), $cache->get('a'), $cache->add('a', 2, 60), $cache->add('b', 2, 60), $cache->has('none'),
        $cache->remember('c', 60, fn () => 'made'), $cache->forever('d', 4), $cache->increment('n', 2), $cache->decrement('n'), $cache->pull('d'),
    ]);
    attempt("$name several", fn () => [$cache->putMany(['x' => 1, 'y' => [2]], 60), $cache->many(['x', 'y', 'z'])]);
    attempt("$name tags", fn () => [
        $cache->tags(['red', 'blue'])->put('t', 1, 60), $cache->tags(['red', 'blue'])->get('t'), $cache->tags('blue')->flush(),
        $cache->tags(['red', 'blue'])->get('t'),
    ]);
    attempt("$name locks", function () use ($cache) {
        [$ann, $bea] = [$cache->lock('lock', 30), $cache->lock('lock', 30)];
        return [$ann->get(), $bea->get(), $bea->release(), $ann->release(), $bea->get(fn () => 'held'), $bea->block(1, fn () => 'waited')];
    });
    $limiter = new RateLimiter($cache);
    attempt("$name rate limit", fn () => [
        array_map(fn () => $limiter->attempt('ann', 2, fn () => 'served', 600), range(1, 4)), $limiter->attempts('ann'),
        $limiter->availableIn('ann') > 500, $limiter->clear('ann'), $limiter->tooManyAttempts('ann', 2),
    ]);
    $connection = $redis->connection();
    attempt("$name throttle", fn () => array_map(fn () => $connection->throttle('key')->block(0)->allow(2)->every(600)
        ->then(fn () => 'served', fn () => 'refused'), range(1, 3)));
    attempt("$name funnel", fn () => $connection->funnel('work')->limit(1)->releaseAfter(30)->block(0)->then(
        fn () => ['held', $connection->funnel('work')->limit(1)->releaseAfter(30)->block(0)->then(fn () => 'held too', fn () => 'refused')],
        fn () => 'refused',
    ));
    attempt("$name transaction", fn () => $connection->transaction(fn ($t) => $t->incr('t')));
    attempt("$name pipeline", fn () => $connection->pipeline(fn ($p) => $p->incr('t')));
    attempt("$name script", fn () => $connection->eval('return {KEYS[1], ARGV[1]}', 1, 'k', 'v'));

    attempt("$name session", function () use ($cache) {
        $open = function (?string $id) use ($cache): Store {
            $session = new Store('session', new CacheBasedSessionHandler($cache, 10), $id);
            $session->start();
            return $session;
        };
        $first = $open(null);
        $first->put('user', 'ann');
        $first->flash('notice', 'hello');
        $first->save();
        $second = $open($first->getId());
        $seen = [$second->get('user'), $second->get('notice'), $second->migrate(true)];
        $second->save();
        $third = $open($second->getId());
        array_push($seen, $third->get('user'), $third->get('notice'), $open($first->getId())->get('user'), $third->invalidate());
        return $seen;
    });
    attempt("$name flush", fn () => [$cache->flush(), $cache->get('a')]);
}
