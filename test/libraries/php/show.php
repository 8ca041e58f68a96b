<?php
// What the programs share: where the server is, how an outcome is printed, and how a missing library is told.
error_reporting(E_ALL & ~E_DEPRECATED);
ini_set('display_errors', 'stderr');
ob_start(); // PHP changes no session once a byte was printed
$port = (int) getenv('REDIS_PORT');

function show(string $label, mixed $value): void
{
    echo $label, ': ', json_encode($value, JSON_UNESCAPED_SLASHES | JSON_PARTIAL_OUTPUT_ON_ERROR), "\n";
}

/** Shows what a call answers, or the message of its error. */
function attempt(string $label, callable $call): void
{
    try {
        show($label, $call());
    } catch (Throwable $error) {
        show("$label fails", $error->getMessage());
    }
}

/** Warnings are part of the outcome: PHP's session handlers fail by them alone. */
set_error_handler(function (int $kind, string $message): bool {
    if (error_reporting() & $kind) {
        show('warning', str_replace((string) $GLOBALS['port'], 'PORT', $message));
    }
    return true;
});

function not_installed(string $what): never
{
    fwrite(STDERR, "$what is not installed\n");
    exit(77);
}

/** Loads files of Debian's packages, or ends the program where they are not installed. */
function need(string ...$files): void
{
    foreach ($files as $file) {
        $found = stream_resolve_include_path($file);
        if ($found === false) {
            not_installed($file);
        }
        require_once $found;
    }
}

function need_phpredis(): void
{
    if (!extension_loaded('redis')) {
        not_installed('the extension redis');
    }
}
