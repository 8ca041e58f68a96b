<?php

// Laravel's session Store over FieldHandler, as an application has it by Session::extend('sessd', ...).
require __DIR__ . '/check.php';
need('Predis/autoload.php', 'Illuminate/Session/autoload.php');

use Illuminate\Session\Store;
use Sessd\{Connection, FieldHandler, SessionGone};

foreach (['phpredis' => $redis, 'predis' => $predis] as $name => $client) {
    $open = function (?string $id = null) use ($client): Store {
        $store = new Store('sid', new FieldHandler(new Connection($client)), $id);
        $store->start();
        return $store;
    };
    $store = $open();
    $store->put(['lang' => 'en', 'cart' => ['tea' => 1], 'hits' => 3]);
    $store->save();
    $id = $store->getId();

    // Two requests at once change different keys.
    [$one, $other] = [$open($id), $open($id)];
    $one->put('lang', 'de');
    $one->forget('hits');
    $other->put('cart.tea', 2);
    $one->save();
    $other->save();
    check("$name: both changes stay", array_diff_key($open($id)->all(), ['_token' => 0, '_flash' => 0]), ['lang' => 'de', 'cart' => ['tea' => 2]]);

    // Flash messages are there for the next request alone.
    $flash = $open($id);
    $flash->flash('status', 'saved');
    $flash->save();
    $next = $open($id);
    check("$name: the next request has the message", $next->get('status'), 'saved');
    $next->save();
    check("$name: the one after has not", $open($id)->get('status'), null);

    // Laravel makes ids itself, so that two requests may make one session.
    $new = Illuminate\Support\Str::random(40);
    [$one, $other] = [$open($new), $open($new)];
    $one->put('first', 1);
    $other->put('second', 2);
    $one->save();
    $other->save();
    check("$name: both made it", [$open($new)->get('first'), $open($new)->get('second')], [1, 2]);

    // A logout holds against a request that is under way.
    [$late, $logout] = [$open($id), $open($id)];
    $logout->invalidate();
    $logout->save();
    $late->put('lang', 'fr');
    throws("$name: a save after the logout", fn () => $late->save(), SessionGone::class);
    check("$name: the session is gone", $redis->exists($id), 0);
    check("$name: the new one is empty", $open($logout->getId())->get('lang'), null);
}
done();
