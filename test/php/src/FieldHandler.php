<?php

declare(strict_types=1);

namespace Sessd;

/**
 * Sessions that need no lock: a key of $_SESSION is a field, and a save carries the keys that changed, and no others.
 *
 * components names keys that hold arrays (Symfony's _sf2_attributes): each is a component, whose keys are saved one by one too.
 * A value must not refer to another key's by reference (&): each is serialized by itself.
 */
final class FieldHandler extends Handler
{
    /** component, '' for the session itself → field → what the server holds */
    private array $known = [];

    /** @param string[] $components */
    public function __construct(
        Connection $sessd,
        ?int $idle = null,
        ?int $absolute = null,
        int $grace = 1000,
        private array $components = [],
    ) {
        parent::__construct($sessd, $idle, $absolute, $grace);
    }

    /** Adds to an integer at once, however many do so at the same time, and gives the sum. */
    public function incr(string $field, int $delta = 1): int
    {
        $id = session_id();
        if (!$this->exists($id)) {
            return $_SESSION[$field] = ($_SESSION[$field] ?? 0) + $delta; // nobody else has the id yet
        }
        // What this request set or removed is what counts, not what the server still has.
        $here = isset($_SESSION[$field]) ? self::encode($_SESSION[$field]) : null;
        if ($here !== ($this->known[''][$field] ?? null)) {
            $section = $here === null ? ['UNSET', 1, $field] : ['FIELDS', 1, $field, $here];
            $this->sessd->send('SESS.SAVE', $id, ...$section);
        }
        $sum = $this->sessd->send('SESS.INCR', $id, $field, $delta);
        $this->known[''][$field] = (string) $sum;
        return $_SESSION[$field] = $sum;
    }

    /** Removes a field at once and gives what it held: of requests at the same time one gets it. Null for none. */
    public function take(string $field): mixed
    {
        $id = session_id();
        $value = $_SESSION[$field] ?? null;
        unset($_SESSION[$field]);
        if (!isset($this->known[''][$field])) {
            return $value;
        }
        unset($this->known[''][$field]);
        $raw = $this->sessd->send('SESS.TAKE', $id, 'FIELDS', 1, $field)[0];
        return is_string($raw) ? self::decode($raw) : null;
    }

    protected function load(string $id): ?string
    {
        $this->known = ['' => []];
        $components = $this->components === [] ? [] : ['COMPONENTS'];
        $reply = $this->sessd->get($id, ...$components);
        if ($reply === null) {
            return null;
        }
        $bags = $components === [] ? ['' => $reply] : self::pairs($reply);
        foreach ($bags as $name => $fields) {
            $this->known[$name] = self::pairs($fields);
        }
        return $this->serialized();
    }

    protected function save(string $id, string $data): void
    {
        $now = $this->bags($data);
        $words = $this->changes($now);
        if ($words !== []) {
            $this->sessd->send('SESS.SAVE', $id, ...$words);
            $this->known = $now;
        }
    }

    protected function fieldsOf(string $id, string $data): array
    {
        $this->known = ['' => []];
        return $this->changes($this->bags($data));
    }

    protected function created(string $id, string $data): void
    {
        $this->known = $this->bags($data);
    }

    /** What PHP is to unserialize: what the server holds is put together as it is. */
    private function serialized(): string
    {
        $parts = array_map(self::serializedValue(...), $this->known['']);
        foreach ($this->components as $name) {
            if (isset($this->known[$name])) {
                $parts[$name] = self::serializedArray(array_map(self::serializedValue(...), $this->known[$name]));
            }
        }
        return $parts === [] ? '' : self::serializedArray($parts);
    }

    /** The fields of a serialized session by component. */
    private function bags(string $data): array
    {
        $session = $data === '' ? [] : unserialize($data);
        $bags = ['' => []];
        foreach ($session as $name => $value) {
            if (in_array((string) $name, $this->components, true) && is_array($value)) {
                $bags[$name] = array_map(self::encode(...), $value);
            } else {
                $bags[''][$name] = self::encode($value);
            }
        }
        return $bags;
    }

    /** The sections of SESS.SAVE and SESS.CREATE that make what the server holds into what is here. */
    private function changes(array $now): array
    {
        $words = [];
        foreach (array_unique(['', ...array_keys($now), ...$this->components]) as $name) {
            $fields = $now[$name] ?? [];
            $known = $this->known[$name] ?? [];
            $removed = array_keys(array_diff_key($known, $fields));
            $set = array_filter($fields, fn ($raw, $field) => ($known[$field] ?? null) !== $raw, ARRAY_FILTER_USE_BOTH);
            if ($removed === [] && $set === []) {
                continue;
            }
            $component = $name === '' ? [] : ['COMPONENT', $name];
            $unset = $removed === [] ? [] : ['UNSET', count($removed), ...$removed];
            $save = $set === [] ? [] : ['FIELDS', count($set)];
            foreach ($set as $field => $raw) {
                array_push($save, $field, $raw);
            }
            array_push($words, ...$component, ...$unset, ...$save);
        }
        return $words;
    }

    /** A value as PHP serializes it; an integer as its digits, so that SESS.INCR can add to it. */
    private static function encode(mixed $value): string
    {
        return is_int($value) ? (string) $value : serialize($value);
    }

    private static function decode(string $raw): mixed
    {
        return unserialize(self::serializedValue($raw));
    }

    private static function serializedValue(string $raw): string
    {
        return preg_match('/^-?\d+$/D', $raw) ? "i:$raw;" : $raw;
    }

    private static function serializedArray(array $parts): string
    {
        $body = '';
        foreach ($parts as $name => $part) {
            $body .= (is_int($name) ? "i:$name;" : 's:' . strlen($name) . ":\"$name\";") . $part;
        }
        return 'a:' . count($parts) . ":{{$body}}";
    }

    private static function pairs(array $flat): array
    {
        return array_column(array_chunk($flat, 2), 1, 0);
    }
}
