<?php

// Loads the classes of this folder where they are first used. Composer does the same by "psr-4": {"Sessd\\": "src/"}.
declare(strict_types=1);

spl_autoload_register(function (string $class): void {
    $file = __DIR__ . '/' . basename(strtr($class, '\\', '/')) . '.php';
    if (str_starts_with($class, 'Sessd\\') && is_file($file)) {
        require $file;
    }
});
