<?php

// What laravel.php and symfony.php share: clients of the server at REDIS_PORT, and assertions. They print "ok" at the end.
error_reporting(E_ALL & ~E_DEPRECATED);
ini_set('display_errors', 'stderr');
ob_start(); // PHP changes no session once a byte was printed

require __DIR__ . '/src/autoload.php';

/** Loads files of Debian's packages, or ends the program with 77 where they are not installed. */
function need(string ...$files): void
{
    foreach ($files as $file) {
        if (stream_resolve_include_path($file) === false) {
            fwrite(STDERR, "$file is not installed\n");
            exit(77);
        }
        require_once $file;
    }
    $port = (int) getenv('REDIS_PORT');
    $GLOBALS['redis'] = new Redis();
    $GLOBALS['redis']->connect('127.0.0.1', $port);
    $GLOBALS['predis'] = new Predis\Client(['host' => '127.0.0.1', 'port' => $port]);
}

function check(string $what, mixed $got, mixed $want): void
{
    if ($got != $want || gettype($got) !== gettype($want)) {
        fwrite(STDERR, "$what:\n got " . var_export($got, true) . "\nwant " . var_export($want, true) . "\n");
        exit(1);
    }
}

function throws(string $what, callable $call, string $class): void
{
    try {
        $call();
    } catch (Throwable $error) {
        check($what, $error::class, $class);
        return;
    }
    check($what, 'nothing thrown', $class);
}

function done(): never
{
    echo "ok\n";
    exit(0);
}
