"""Signing in and out, one's own account, and the language."""

from django.urls import path

from entente_node.directory import accounts, clock, entrance, key_pages, log_pages, own_account, views

urlpatterns = [
    path("sign-in", entrance.sign_in, name="sign-in"),
    path("sign-in/second", entrance.second_step, name="second-step"),
    path("sign-in/passkey", entrance.sign_in_by_passkey, name="sign-in-passkey"),
    path("sign-in/<str:token>", entrance.sign_in_by_link, name="sign-in-link"),
    path("audit", log_pages.audit, name="audit"),
    path("audit.jsonl", log_pages.audit_file, name="audit-file"),
    path("clock", clock.clock, name="clock"),
    path("clock/confirm", clock.confirm_clock, name="confirm-clock"),
    path("keys", key_pages.key_list, name="keys"),
    path("keys/make", key_pages.make_key, name="make-key"),
    path("keys/<int:pk>/revoke", key_pages.revoke_key, name="revoke-key"),
    path("sign-out", entrance.sign_out, name="sign-out"),
    path("language", views.language, name="language"),
    path("account", own_account.account, name="account"),
    path("account/confirm", own_account.confirm, name="account-confirm"),
    path("account/password", own_account.password, name="account-password"),
    path("account/second-factor", own_account.second_factor, name="second-factor"),
    path("account/app", own_account.app, name="account-app"),
    path("account/passkey", own_account.passkey, name="account-passkey"),
    path("account/factors/<int:pk>/remove", own_account.remove_factor, name="remove-factor"),
    path("account/recovery-codes", own_account.recovery_codes, name="recovery-codes"),
    path("account/sessions/end", own_account.end_sessions, name="end-sessions"),
    path("account/sessions/<int:pk>/end", own_account.end_session, name="end-session"),
    path("account/duty-phone", own_account.duty_phone, name="duty-phone"),
    path("accounts", accounts.accounts, name="accounts"),
    path("accounts/new", accounts.new_account, name="new-account"),
    path("accounts/of/<slug:name>", accounts.one_account, name="one-account"),
    path("accounts/of/<slug:name>/change", accounts.change_account, name="change-account"),
    path("accounts/of/<slug:name>/lock", accounts.lock_account, name="lock-account"),
    path("accounts/of/<slug:name>/link", accounts.link_account, name="link-account"),
    path("accounts/of/<slug:name>/sessions", accounts.end_sessions_of, name="end-sessions-of"),
    path("accounts/of/<slug:name>/keys", accounts.end_keys_of, name="end-keys-of"),
    # What allauth calls two of these.
    path("sign-in", entrance.sign_in, name="account_login"),
    path("sign-in/second", entrance.second_step, name="mfa_authenticate"),
]
