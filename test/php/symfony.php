<?php

// Symfony's Session over FieldHandler, whose attributes are a component, key by key.
require __DIR__ . '/check.php';
need('Predis/autoload.php', 'Symfony/Component/HttpFoundation/autoload.php');

use Sessd\{Connection, FieldHandler, SessionGone};
use Symfony\Component\HttpFoundation\Session\{Session, Storage\NativeSessionStorage};

/** A request: PHP has one session at a time, so that a second connection stands for another request under way. */
function request(object $client, ?string $id, callable $do): string
{
    $handler = new FieldHandler(new Connection($client), components: ['_sf2_attributes']);
    $options = ['use_cookies' => 0, 'use_strict_mode' => 1, 'cache_limiter' => '', 'serialize_handler' => 'php_serialize', 'sid_length' => 43];
    $session = new Session(new NativeSessionStorage($options, $handler));
    session_id($id ?? '');
    $session->start();
    $do($session);
    $id = session_id();
    $session->save();
    return $id;
}

foreach (['phpredis' => $redis, 'predis' => $predis] as $name => $client) {
    $fresh = fn (Session $s) => [$s->set('lang', 'en'), $s->set('hits', 3), $s->set('cart', ['tea' => 1])];
    $id = request($client, null, $fresh);
    $cart = fn () => array_column(array_chunk($redis->rawCommand('SESS.GET', $id, 'COMPONENT', '_sf2_attributes'), 2), 1, 0);
    check("$name: each attribute is a field", $cart(), ['lang' => 's:2:"en";', 'hits' => '3', 'cart' => 'a:1:{s:3:"tea";i:1;}']);

    request($client, $id, function (Session $s) use ($redis, $id) {
        $redis->rawCommand('SESS.SAVE', $id, 'COMPONENT', '_sf2_attributes', 'FIELDS', 1, 'lang', 's:2:"de";');
        $s->set('cart', ['tea' => 2]);
        $s->remove('hits');
    });
    request($client, $id, fn (Session $s) => check("$name: both changes stay", $s->all(), ['lang' => 'de', 'cart' => ['tea' => 2]]));

    request($client, $id, fn (Session $s) => $s->getFlashBag()->add('notice', 'saved'));
    request($client, $id, fn (Session $s) => check("$name: the message", $s->getFlashBag()->get('notice'), ['saved']));
    request($client, $id, fn (Session $s) => check("$name: no more", $s->getFlashBag()->get('notice'), []));

    throws("$name: a save after the end", fn () => request($client, $id, function (Session $s) use ($redis, $id) {
        $redis->rawCommand('SESS.DESTROY', $id);
        $s->set('lang', 'fr');
    }), SessionGone::class);
    session_status() === PHP_SESSION_ACTIVE && session_abort();
    check("$name: the session is gone", $redis->exists($id), 0);
    $other = request($client, $id, fn (Session $s) => $s->set('lang', 'it'));
    check("$name: its id is not taken over", $other !== $id, true);
}
done();
