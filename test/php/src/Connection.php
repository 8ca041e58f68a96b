<?php

declare(strict_types=1);

namespace Sessd;

/** The session ended while the request was under way. Nothing was saved, and nothing brought it back. */
final class SessionGone extends \RuntimeException
{
}

/** Another request holds the session, and did not let go in time. */
final class SessionLocked extends \RuntimeException
{
}

/** A session that was to be made is there already. */
final class SessionExists extends \RuntimeException
{
}

/** Sends commands over a client of phpredis or Predis, and throws what the server refuses. */
final class Connection
{
    /** @param \Redis|\Predis\ClientInterface $client connected, without a prefix or a serializer of its own */
    public function __construct(private object $client)
    {
    }

    /** The reply; null where there is none. */
    public function send(string|int ...$words): mixed
    {
        $words = array_map(strval(...), $words);
        if ($this->client instanceof \Redis) {
            [$reply, $error] = $this->byPhpredis($words);
        } else {
            $reply = $this->client->executeRaw($words, $failed);
            $error = $failed ? $reply : null;
        }
        if ($error !== null) {
            throw match (strtok($error, ' ')) {
                'NOSESSION' => new SessionGone('the session has ended'),
                'SESSEXISTS' => new SessionExists($error),
                'LOCKED' => new SessionLocked($error),
                default => new \RuntimeException($error),
            };
        }
        return $reply === false ? null : $reply;
    }

    /** What SESS.GET answers; null for no session. phpredis takes that for an empty one, unless a revision comes with it. */
    public function get(string $id, string|int ...$options): ?array
    {
        $reply = $this->send('SESS.GET', $id, 'WITHREV', ...$options);
        return $reply[1] ?? null;
    }

    /** phpredis keeps errors that begin with ERR, and throws others as it throws what befalls the connection. */
    private function byPhpredis(array $words): array
    {
        $this->client->clearLastError();
        try {
            return [$this->client->rawCommand(...$words), $this->client->getLastError()];
        } catch (\RedisException $thrown) {
            if (preg_match('/^[A-Z]{3,} /', $thrown->getMessage())) {
                return [null, $thrown->getMessage()];
            }
            throw $thrown;
        }
    }
}
