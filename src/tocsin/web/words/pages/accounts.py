"""Sign-in and the officer's own account."""

from __future__ import annotations

_SIGN_IN: dict[str, tuple[str, str, str, str]] = {
    "acc_login": ("Login", "Логин", "Логін", "Anmeldename"),
    "acc_password": ("Password", "Пароль", "Пароль", "Passwort"),
    "acc_sign_in_title": (
        "Sign in to the control room",
        "Вход на пульт дежурного",
        "Вхід на пульт чергового",
        "Anmelden am Leitstand",
    ),
    "acc_or": ("or", "или", "або", "oder"),
    "acc_passkey_use": ("Use a passkey", "Войти с ключом доступа", "Увійти з ключем доступу", "Passkey verwenden"),
    "acc_passkey_none": (
        "This browser or this address offers no passkeys. They need https, or http://localhost.",
        "Этот браузер или адрес не поддерживает ключи доступа. Нужен https или http://localhost.",
        "Цей браузер або ця адреса не підтримує ключів доступу. Потрібен https або http://localhost.",
        "Dieser Browser oder diese Adresse bietet keine Passkeys. Nötig ist https oder http://localhost.",
    ),
    "acc_passkey_failed": (
        "No passkey was given. Try again, or use another way.",
        "Ключ доступа не получен. Попробуйте ещё раз или выберите другой способ.",
        "Ключ доступу не отримано. Спробуйте ще раз або оберіть інший спосіб.",
        "Es kam kein Passkey. Versuchen Sie es noch einmal, oder wählen Sie einen anderen Weg.",
    ),
    "acc_waiting": (
        "Waiting for your device …",
        "Ждём ответа вашего устройства …",
        "Чекаємо на ваш пристрій …",
        "Warten auf Ihr Gerät …",
    ),
    "acc_needs_script": (
        "A passkey needs JavaScript, which is off in this browser.",
        "Для ключа доступа нужен JavaScript, а в этом браузере он выключен.",
        "Для ключа доступу потрібен JavaScript, а в цьому браузері його вимкнено.",
        "Ein Passkey braucht JavaScript; in diesem Browser ist es aus.",
    ),
    "acc_code_title": ("Second step", "Второй шаг", "Другий крок", "Zweiter Schritt"),
    "acc_code_hint": (
        "Type the six digits that your authenticator app shows now, or one of your recovery codes.",
        "Введите шесть цифр из приложения-аутентификатора или один из резервных кодов.",
        "Введіть шість цифр із застосунку-автентифікатора або один із резервних кодів.",
        "Geben Sie die sechs Ziffern ein, die Ihre Authenticator-App gerade zeigt, oder einen Notfallcode.",
    ),
    "acc_code": ("Code", "Код", "Код", "Code"),
    "acc_continue": ("Continue", "Продолжить", "Продовжити", "Weiter"),
    "acc_cancel": ("Cancel", "Отмена", "Скасувати", "Abbrechen"),
    "acc_demo_title": (
        "Demonstration",
        "Демонстрация",
        "Демонстрація",
        "Vorführung",
    ),
    "acc_demo_hint": (
        "Here you may sit down without a password. The passwords are in the file demo.json of the home folder.",
        "Здесь можно войти без пароля. Пароли записаны в файле demo.json домашней папки.",
        "Тут можна увійти без пароля. Паролі записано у файлі demo.json домашньої теки.",
        "Hier dürfen Sie ohne Passwort Platz nehmen. Die Passwörter stehen in der Datei demo.json des Heimordners.",
    ),
    "acc_demo_duty": (
        "Sit down as duty officer",
        "Войти как дежурный",
        "Увійти як черговий",
        "Als diensthabende Person",
    ),
    "acc_demo_second": (
        "Sit down as second officer",
        "Войти как второй дежурный",
        "Увійти як другий черговий",
        "Als zweite Person",
    ),
    "acc_inactive_title": ("No way in", "Вход закрыт", "Вхід закрито", "Kein Zutritt"),
    "acc_inactive": (
        "This account is switched off. Ask the administrator of your control room.",
        "Эта учётная запись отключена. Обратитесь к администратору.",
        "Цей обліковий запис вимкнено. Зверніться до адміністратора.",
        "Dieses Konto ist abgeschaltet. Fragen Sie die Administration Ihres Leitstands.",
    ),
    "acc_too_many_title": ("Too many tries", "Слишком много попыток", "Забагато спроб", "Zu viele Versuche"),
    "acc_too_many": (
        "Wait a few minutes, then try again. A passkey opens the door at once.",
        "Подождите несколько минут и попробуйте снова. С ключом доступа можно войти сразу.",
        "Зачекайте кілька хвилин і спробуйте знову. З ключем доступу можна увійти одразу.",
        "Warten Sie einige Minuten. Mit einem Passkey geht es sofort.",
    ),
    "acc_out_title": ("Sign out?", "Выйти?", "Вийти?", "Abmelden?"),
    "acc_out_hint": (
        "Warnings in force and drafts stay as they are.",
        "Действующие предупреждения и черновики останутся без изменений.",
        "Чинні попередження та чернетки залишаться без змін.",
        "Geltende Warnungen und Entwürfe bleiben, wie sie sind.",
    ),
    "acc_again_title": (
        "Show again that it is you",
        "Подтвердите, что это вы",
        "Підтвердьте, що це ви",
        "Zeigen Sie noch einmal, dass Sie es sind",
    ),
    "acc_again_hint": (
        "This protects your account when a screen was left open.",
        "Это защищает вашу учётную запись, если экран остался открытым.",
        "Це захищає ваш обліковий запис, якщо екран залишився відкритим.",
        "Das schützt Ihr Konto, wenn ein Bildschirm offen blieb.",
    ),
    "acc_again_other": ("Other ways", "Другие способы", "Інші способи", "Andere Wege"),
    "acc_again_password": ("Use the password", "По паролю", "За паролем", "Mit dem Passwort"),
    "acc_again_code": (
        "Use a code of the app or a recovery code",
        "Кодом из приложения или резервным кодом",
        "Кодом із застосунку або резервним кодом",
        "Mit einem Code der App oder einem Notfallcode",
    ),
    "acc_again_passkey": ("Use a passkey", "Ключом доступа", "Ключем доступу", "Mit einem Passkey"),
}

_ERRORS: dict[str, tuple[str, str, str, str]] = {
    "acc_error_username_password_mismatch": (
        "Login or password is wrong.",
        "Неверный логин или пароль.",
        "Неправильний логін або пароль.",
        "Anmeldename oder Passwort ist falsch.",
    ),
    "acc_error_incorrect_password": (
        "This is not your password.",
        "Это не ваш пароль.",
        "Це не ваш пароль.",
        "Das ist nicht Ihr Passwort.",
    ),
    "acc_error_enter_current_password": (
        "This is not your password of now.",
        "Это не ваш нынешний пароль.",
        "Це не ваш теперішній пароль.",
        "Das ist nicht Ihr jetziges Passwort.",
    ),
    "acc_error_incorrect_code": (
        "This code or passkey is not right. A code is good once, for about half a minute.",
        "Код или ключ доступа не подходит. Код действует один раз, около полуминуты.",
        "Код або ключ доступу не підходить. Код діє один раз, близько пів хвилини.",
        "Dieser Code oder Passkey stimmt nicht. Ein Code gilt einmal, etwa eine halbe Minute lang.",
    ),
    "acc_error_too_many_login_attempts": (
        "Too many wrong tries. Wait five minutes, or use a passkey.",
        "Слишком много неверных попыток. Подождите пять минут или войдите с ключом доступа.",
        "Забагато неправильних спроб. Зачекайте п’ять хвилин або увійдіть із ключем доступу.",
        "Zu viele falsche Versuche. Warten Sie fünf Minuten, oder nehmen Sie einen Passkey.",
    ),
    "acc_error_rate_limited": (
        "Too many tries. Wait a few minutes.",
        "Слишком много попыток. Подождите несколько минут.",
        "Забагато спроб. Зачекайте кілька хвилин.",
        "Zu viele Versuche. Warten Sie einige Minuten.",
    ),
    "acc_error_account_inactive": (
        "This account is switched off.",
        "Эта учётная запись отключена.",
        "Цей обліковий запис вимкнено.",
        "Dieses Konto ist abgeschaltet.",
    ),
    "acc_error_cannot_generate_recovery_codes": (
        "Set up an authenticator app or a passkey first.",
        "Сначала подключите приложение-аутентификатор или ключ доступа.",
        "Спершу підключіть застосунок-автентифікатор або ключ доступу.",
        "Richten Sie zuerst eine Authenticator-App oder einen Passkey ein.",
    ),
}

WORDS: dict[str, tuple[str, str, str, str]] = {**_SIGN_IN, **_ERRORS}
