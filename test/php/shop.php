<?php

// The shop in PHP, for php -S: on sessd, with STORE=locking with locks, or with STORE=usual on phpredis's handler.
declare(strict_types=1);

use Sessd\{Connection, FieldHandler, LockingHandler, SessionGone, SessionLocked};

require __DIR__ . '/src/autoload.php';

ini_set('session.name', 'sid');
ini_set('display_errors', 'stderr');
ini_set('default_socket_timeout', '120');
$store = getenv('STORE') ?: 'fields';
$port = (int) getenv('REDIS_PORT');

/** Answers, after the session is saved: no answer claims what was not. */
function answer(int $status, mixed $body = null): never
{
    try {
        session_status() === PHP_SESSION_ACTIVE && session_write_close();
    } catch (SessionGone $error) {
        [$status, $body] = [401, ['error' => $error->getMessage()]];
    }
    http_response_code($status);
    header('Content-Type: application/json');
    echo $status === 204 ? '' : json_encode($body, JSON_UNESCAPED_UNICODE);
    exit;
}

set_exception_handler(function (Throwable $error): void {
    http_response_code($error instanceof SessionGone ? 401 : 503);
    echo json_encode(['error' => $error->getMessage()]);
});

/** What a handler waits for between reading its session and its end: a database, another service. */
function pause(): void
{
    usleep(1000 * (int) ($_GET['pause'] ?? 0));
    if (isset($_GET['gate'])) {
        $gate = fsockopen('127.0.0.1', (int) getenv('GATE_PORT'));
        fwrite($gate, "{$_GET['gate']}\n");
        stream_set_timeout($gate, 120);
        fread($gate, 1);
    }
}

if ($store === 'usual') {
    ini_set('session.save_handler', 'redis');
    ini_set('session.save_path', "tcp://127.0.0.1:$port");
} else {
    $redis = new Redis();
    $redis->connect('127.0.0.1', $port);
    $timeouts = ['idle' => (int) getenv('IDLE'), 'absolute' => (int) getenv('ABSOLUTE'), 'grace' => (int) ($_GET['grace'] ?? 0)];
    $sessions = $store === 'locking'
        ? new LockingHandler(new Connection($redis), ...$timeouts, waitFor: (int) (getenv('WAIT') ?: 100_000))
        : new FieldHandler(new Connection($redis), ...$timeouts);
    $sessions->register();
}
session_start();

$path = explode('/', trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/'));
$words = array_map(rawurldecode(...), $path) + ['', '', ''];
switch ("$_SERVER[REQUEST_METHOD] $words[0]") {
    case 'GET me':
        answer(200, (object) $_SESSION);
    case 'POST set':
        pause();
        $_SESSION["my.$words[1]"] = $words[2];
        answer(204);
    case 'DELETE set':
        pause();
        unset($_SESSION["my.$words[1]"]);
        answer(204);
    case 'POST cart':
        $field = "cart.$words[1]";
        if (isset($_GET['from'])) {
            $_SESSION[$field] = (int) $_GET['from'];
        }
        if ($store === 'fields') {
            pause();
            answer(200, $sessions->incr($field));
        }
        $quantity = $_SESSION[$field] ?? 0;
        pause();
        answer(200, $_SESSION[$field] = $quantity + 1);
    case 'POST flash':
        $_SESSION['flash'] = $words[1];
        answer(204);
    case 'POST take':
        if ($store === 'fields') {
            answer(200, ['flash' => $sessions->take('flash')]);
        }
        $flash = $_SESSION['flash'] ?? null;
        unset($_SESSION['flash']);
        answer(200, ['flash' => $flash]);
    case 'POST login':
        $sessions->rotate($words[1]);
        $_SESSION['user'] = $words[1];
        answer(204);
    case 'POST logout':
        session_destroy();
        setcookie('sid', '', 1, '/');
        if (isset($_GET['then'])) {
            header_remove('Set-Cookie');
            session_id($sessions->create_sid());
            session_start();
            $_SESSION = ['my.then' => $_GET['then']];
        }
        answer(204);
    case 'POST logout-everywhere':
        $user = $_SESSION['user'];
        session_write_close();
        answer(200, ['ended' => $sessions->destroyAll($user, isset($_GET['else']) ? session_id() : null)]);
    default:
        answer(404);
}
