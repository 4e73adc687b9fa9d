from django.urls import path

from complaints import views

urlpatterns = [
    path("", views.write, name="complaints"),
    path("<str:code>/", views.sheet, name="complaint"),
]
