<?php
// Symfony's components: sessions, a cache with and without tags, locks and rate limits, over phpredis and over Predis.
require 'show.php';
need_phpredis();
need('Predis/autoload.php', 'Symfony/Component/HttpFoundation/autoload.php', 'Symfony/Component/Cache/autoload.php',
    'Symfony/Component/Lock/autoload.php', 'Symfony/Component/RateLimiter/autoload.php');

use Symfony\Component\Cache\Adapter\RedisAdapter;
use Symfony\Component\Cache\Adapter\RedisTagAwareAdapter;
use Symfony\Component\HttpFoundation\Session\Storage\Handler\RedisSessionHandler;
use Symfony\Component\Lock\LockFactory;
use Symfony\Component\Lock\Store\RedisStore;
use Symfony\Component\RateLimiter\RateLimiterFactory;
use Symfony\Component\RateLimiter\Storage\CacheStorage;

$phpredis = new Redis();
$phpredis->connect('127.0.0.1', $port);
foreach (['phpredis' => $phpredis, 'Predis' => new Predis\Client(['port' => $port])] as $name => $client) {
    $sessions = new RedisSessionHandler($client, ['prefix' => "$name-session:", 'ttl' => 600]);
    attempt("$name sessions", fn () => [
        $sessions->open('', 'SID'), $sessions->write('id', 'data'), $sessions->read('id'),
        $sessions->updateTimestamp('id', 'data'), $sessions->destroy('id'), $sessions->read('id'), $sessions->validateId('id'),
    ]);

    $cache = new RedisAdapter($client, $name, 60);
    attempt("$name cache", fn () => [$cache->get('a', fn () => 'made'), $cache->get('a', fn () => 'made again')]);
    attempt("$name several", function () use ($cache) {
        foreach (['b' => 2, 'c' => [3]] as $key => $value) {
            $cache->saveDeferred($cache->getItem($key)->set($value)->expiresAfter(30));
        }
        $committed = $cache->commit();
        $found = array_map(fn ($item) => $item->get(), iterator_to_array($cache->getItems(['a', 'b', 'c', 'd'])));
        return [$committed, $found, $cache->hasItem('b'), $cache->deleteItems(['b', 'd']), $cache->hasItem('b')];
    });
    attempt("$name clear", fn () => [$cache->clear(), $cache->hasItem('a')]);

    $tagged = new RedisTagAwareAdapter($client, "$name-tags", 60);
    attempt("$name tags", function () use ($tagged) {
        foreach (['a' => ['red', 'blue'], 'b' => ['blue'], 'c' => ['red']] as $key => $tags) {
            $tagged->save($tagged->getItem($key)->set($key)->tag($tags));
        }
        $invalidated = $tagged->invalidateTags(['blue']);
        return [$invalidated, array_map(fn ($key) => $tagged->hasItem($key), ['a', 'b', 'c'])];
    });

    $locks = new LockFactory(new RedisStore($client));
    attempt("$name locks", function () use ($locks, $name) {
        $ann = $locks->createLock("$name-lock", 30);
        $bea = $locks->createLock("$name-lock", 30);
        $answers = [$ann->acquire(), $bea->acquire(), $ann->isAcquired()];
        $ann->refresh(60);
        $answers[] = $ann->getRemainingLifetime() > 30;
        $ann->release();
        array_push($answers, $bea->acquire(), $ann->isAcquired());
        $bea->release();
        return $answers;
    });
    attempt("$name locks of readers", function () use ($locks, $name) {
        [$ann, $bea, $cid] = array_map(fn () => $locks->createLock("$name-shared", 30), range(1, 3));
        $answers = [$ann->acquireRead(), $bea->acquireRead(), $cid->acquire()];
        $ann->release();
        $bea->release();
        return [...$answers, $cid->acquire(), $ann->acquireRead()];
    });

    $storage = new CacheStorage($cache);
    foreach (['fixed_window', 'sliding_window'] as $policy) {
        $limiter = (new RateLimiterFactory(['id' => $policy, 'policy' => $policy, 'limit' => 2, 'interval' => '1 hour'], $storage, $locks))->create('ann');
        attempt("$name $policy", fn () => array_map(fn () => $limiter->consume()->isAccepted(), range(1, 4)));
    }
}
